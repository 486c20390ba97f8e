import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Where migrations report, each at its begin and at its end, so that nobody has to believe a log. */
export interface MigrationDesk {
  /** For `migrate` of a project: reports its REVISION from within the container, and goes on when it is answered. */
  readonly settings: { readonly command: readonly string[]; readonly network: string }
  /** How often a migration to this version began. */
  begun(version: string): number
  /** How often one came to its end. */
  ended(version: string): number
  /** How many ran at the same moment, at most. */
  readonly mostAtOnce: () => number
  /** Migrations to this version stay in their middle from now on, until `release`. */
  hold(version: string): void
  release(version: string): void
  stop(): Promise<void>
}

/** Starts it on the network of the host, which such a migration shares. */
export async function openMigrationDesk(): Promise<MigrationDesk> {
  const counts = { begin: new Map<string, number>(), end: new Map<string, number>() }
  const held = new Map<string, ServerResponse[]>()
  const running = new Set<IncomingMessage['socket']>()
  let mostAtOnce = 0

  const server = createServer((request, response) => {
    const [, what, version = ''] = (request.url ?? '').split('/')
    if (what !== 'begin' && what !== 'end') return void response.writeHead(404).end()
    counts[what].set(version, (counts[what].get(version) ?? 0) + 1)
    if (what === 'end') return void response.end()
    // It counts as running for as long as it waits here; one that is killed hangs up.
    running.add(request.socket)
    request.socket.once('close', () => running.delete(request.socket))
    mostAtOnce = Math.max(mostAtOnce, running.size)
    const waiting = held.get(version)
    if (waiting) waiting.push(response)
    else response.end()
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  const report = (what: string) => `busybox wget -q -O /dev/null http://127.0.0.1:${port}/${what}/$version`

  return {
    settings: {
      command: [
        'sh',
        '-c',
        `version=$(cat /var/www/app/REVISION); ${report('begin')} && ${report('end')} && echo migrated to $version`,
      ],
      network: 'host',
    },
    begun: (version) => counts.begin.get(version) ?? 0,
    ended: (version) => counts.end.get(version) ?? 0,
    mostAtOnce: () => mostAtOnce,
    hold: (version) => void held.set(version, []),
    release(version) {
      for (const response of held.get(version) ?? []) response.end()
      held.delete(version)
    },
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}
