import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

// Below the ports that the kernel gives to outgoing connections (32768 and up): one of those could be taken by anybody
// while its owner is down.
const lowest = 18_000
const highest = 31_999
const tries = 50

/**
 * A port of 127.0.0.1 for something that ends and starts again, and must be found at the same place.
 * @throws Error when none is free
 */
export async function steadyPort(): Promise<number> {
  for (let attempt = 0; attempt < tries; attempt += 1) {
    const port = randomInt(lowest, highest + 1)
    if (await isFree(port)) return port
  }
  throw new Error(`no free port between ${lowest} and ${highest} in ${tries} tries`)
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
