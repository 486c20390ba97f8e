import { randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { busyboxLayer, freePort, type Layer, poll, startIngest } from '@slipway/lab'
import type { BenchOptions } from '../bars.ts'
import { say } from '../figures.ts'
import { type Host, openHost, type Timed, timed } from '../host.ts'
import { headersWith, hookOf, notification } from '../sites.ts'
import { common, layersOf, pushSource, tiny, treeLayer } from '../source-images.ts'
import type { Close } from '../with-machine.ts'
import { startSite } from './start-site.ts'

/** A site that follows an image by webhook, and another that does nothing but copy the same source. */
export interface Live {
  readonly host: Host
  /** A file of the site that each version has. */
  readonly url: string
  /** Brings a version to the registry, for one of both; nobody is told. Gives its digest. */
  push(project: 'site' | 'alone', version: string): Promise<string>
  /** Tells ingest of a push to `site`, as its registry does; resolves when it was accepted. */
  announce(version: string, digest: string): Promise<void>
  /** Waits until the newest deployment of `site` has ended; gives its times. */
  ended(): Promise<Timed>
}

export async function openLive(
  folder: string,
  onClose: (close: Close) => void,
  { quick }: BenchOptions,
): Promise<Live> {
  const root = join(folder, 'host', 'sites', 'site')
  const site = await startSite({ root })
  onClose(site.stop)
  const own = join(folder, 'host')
  await mkdir(own)
  const secret = randomBytes(24).toString('hex')
  const secretFile = join(folder, 'secret')
  await writeFile(secretFile, secret, { mode: 0o600 })
  const port = await freePort()
  const host = await openHost({
    folder: own,
    onClose,
    projects: {
      site: {
        migrate: { command: ['true'], timeout: '60s' },
        check: { url: `${site.url}/health`, timeout: '5s', retries: 20, interval: '100ms' },
      },
      alone: {},
    },
    settings: {
      ingest: { public: { host: '127.0.0.1', port }, ops: { host: '127.0.0.1', port: await freePort() } },
      hooks: { registry: hookOf(secretFile) },
    },
  })
  const ingest = await startIngest(host)
  onClose(() => ingest.stop())
  const shape = quick ? tiny : common
  say(`making a source of ${shape.files} files; versions differ in one of them`)
  const below: readonly Layer[] = [await busyboxLayer({ say })]
  const tree = await treeLayer(shape)
  const { host: registry } = host.registry

  return {
    host,
    url: `${site.url}/REVISION`,
    push: async (project, version) =>
      pushSource(registry, `bench/${project}`, version, [...below, ...(await layersOf(tree, version))]),
    async announce(tag, digest) {
      const answer = await fetch(`http://127.0.0.1:${port}/webhooks/registry`, {
        method: 'POST',
        headers: headersWith(secret),
        body: notification({ registry, repository: 'bench/site', tag, digest }),
        signal: AbortSignal.timeout(10_000),
      })
      const said = await answer.text()
      if (answer.status !== 202) throw new Error(`ingest answered ${answer.status}: ${said}`)
    },
    async ended() {
      const look = async () => {
        const record = await host.newest('site')
        return record.endedAt ? record : undefined
      }
      const record = await poll(look, { what: 'the deployment to end', timeoutMs: 120_000 })
      if (record.state !== 'live')
        throw new Error(`it ended as ${record.state}: ${record.why ?? record.errorCode}`)
      return timed(record)
    },
  }
}
