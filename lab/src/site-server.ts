import { readFile, readlink } from 'node:fs/promises'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join, normalize } from 'node:path'

export interface SiteServerOptions {
  /** The project's release root. */
  readonly root: string
  /** Port of 127.0.0.1; a free one when not given. */
  readonly port?: number
}

/**
 * A site that serves `<root>/current` over HTTP, in this process. `GET /health` answers 200 with the REVISION, unless
 * the file HEALTH of the release says otherwise: `500`, `hang` (no answer ever), `flap` (500, 200, 500, …) or `fade`
 * (500 once a second has gone by since it was asked first). Other paths are files of the release. Each answer carries the header X-Site-Version; without a release all is 404.
 */
export interface SiteServer {
  /** `http://127.0.0.1:<port>` */
  readonly url: string
  /** How often `/health` was asked. */
  checks(): number
  stop(): Promise<void>
}

const fadesAfter = 1_000

export async function startSiteServer({ root, port = 0 }: SiteServerOptions): Promise<SiteServer> {
  let checks = 0
  const firstAsked = new Map<string, number>()
  const server = createServer(async (request, response) => {
    // One look at the link for the whole answer, as a site does that resolves it by itself.
    const release = await readlink(join(root, 'current')).catch(() => null)
    if (release === null) return send(response, 404, 'no release\n')
    const folder = join(root, release)
    const version = (await readText(join(folder, 'REVISION')))?.trim() ?? ''
    response.setHeader('x-site-version', version)

    const path = normalize(new URL(request.url ?? '/', 'http://site').pathname)
    if (path !== '/health') {
      const content = await readFile(join(folder, path)).catch(() => null)
      return content ? send(response, 200, content) : send(response, 404, 'no such file\n')
    }
    checks += 1
    const health = (await readText(join(folder, 'HEALTH')))?.trim()
    if (health === 'hang') return
    const now = performance.now()
    const since = firstAsked.get(release) ?? now
    firstAsked.set(release, since)
    const isFaded = health === 'fade' && now - since > fadesAfter
    const isWell = health !== '500' && (health !== 'flap' || checks % 2 === 0) && !isFaded
    send(response, isWell ? 200 : 500, `${version}\n`)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  const address = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${address.port}`,
    checks: () => checks,
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}

function send(response: ServerResponse, status: number, body: string | Buffer): void {
  response.writeHead(status).end(body)
}

function readText(path: string): Promise<string | null> {
  return readFile(path, 'utf8').catch(() => null)
}
