import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll } from 'vitest'
import { fetchProbe } from '../../src/adapters/fetch-probe.ts'
import { describeHttpProbe } from './http-probe.ts'

let server: Server
let origin = ''
let refusing = ''

beforeAll(async () => {
  const closed = await listen(createServer())
  refusing = originOf(closed)
  closed.close()
  server = await listen(
    createServer(({ url }, response) => {
      if (url === '/healthy') response.end('fine')
      if (url === '/failing') response.writeHead(503).end('not now')
      if (url === '/redirecting') response.writeHead(302, { location: '/healthy' }).end()
      // A head and then a body that never ends: the status is all that counts.
      if (url === '/endless') response.writeHead(200).write('so far')
    }),
  )
  origin = originOf(server)
})

afterAll(async () => {
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
})

describeHttpProbe('fetch', async () => ({
  probe: fetchProbe,
  urls: {
    healthy: `${origin}/healthy`,
    failing: `${origin}/failing`,
    redirecting: `${origin}/redirecting`,
    hanging: `${origin}/hanging`,
    endless: `${origin}/endless`,
    refusing,
  },
}))

async function listen(started: Server): Promise<Server> {
  started.listen(0, '127.0.0.1')
  await once(started, 'listening')
  return started
}

function originOf(listening: Server): string {
  return `http://127.0.0.1:${(listening.address() as AddressInfo).port}`
}
