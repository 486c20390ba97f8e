import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Settings } from './fault-config.ts'

/** What the check of a project asks in the place of its site: while it is shut, a deployment stays at its check. */
export interface CheckGate {
  /** For the settings of a project. */
  readonly check: Settings
  shut(): void
  open(): void
  stop(): Promise<void>
}

/** It is open at first. */
export async function startCheckGate(): Promise<CheckGate> {
  let isOpen = true
  const server = createServer((_request, response) => {
    response.writeHead(isOpen ? 200 : 503).end()
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    check: { url: `http://127.0.0.1:${port}/`, timeout: '1s', retries: 1_000, interval: '50ms' },
    shut() {
      isOpen = false
    },
    open() {
      isOpen = true
    },
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}
