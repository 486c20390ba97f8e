import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort } from '../free-port.ts'
import { prepareImages } from '../images.ts'
import type { LabOptions } from '../lab-options.ts'
import { type PhpSite, startPhpSite } from '../php-site.ts'
import type { LabProcess } from '../process.ts'
import { type LabRegistry, startRegistry } from '../registry.ts'
import { startEmbeddedRedis, startIngest, startWorker } from '../slipway.ts'
import { writeDemoConfig } from './config.ts'
import { type DemoSecrets, makeSecrets } from './secrets.ts'

/** All that runs during the demo. */
export interface Stage {
  readonly folder: string
  readonly configFile: string
  readonly root: string
  readonly site: PhpSite
  readonly registry: LabRegistry
  /** `127.0.0.1:<port>/acme/shop` */
  readonly image: string
  readonly secrets: DemoSecrets
  readonly publicUrl: string
  readonly opsUrl: string
}

export interface StageOptions extends LabOptions {
  readonly folder: string
  /** Takes what stops each part, as soon as the part runs; called in reverse order. */
  readonly onStop: (stop: () => Promise<unknown>) => void
  /** Told of each service as soon as it runs. */
  readonly onService: (service: LabProcess) => void
}

/** Starts every part in the order in which they need one another. */
export async function setStage(options: StageOptions): Promise<Stage> {
  const { folder, onStop, say } = options
  const root = join(folder, 'site')
  await mkdir(root)
  const secrets = await makeSecrets(join(folder, 'secrets'))
  const [registryPort, publicPort, opsPort] = [await freePort(), await freePort(), await freePort()]
  await prepareImages(['php', 'php-fpm', 'nginx', 'mariadb', 'registry'], options)

  say('starting nginx, php-fpm and MariaDB')
  const site = await startPhpSite({ ...options, root, secretsDir: join(folder, 'secrets') })
  onStop(() => site.stop())
  say('starting a registry that tells ingest of each push')
  const registry = await startRegistry({
    ...options,
    port: registryPort,
    user: { username: secrets.registryUser, password: secrets.registryPassword.value },
    notifications: [
      {
        url: `http://127.0.0.1:${publicPort}/webhooks/registry`,
        headers: { Authorization: `Bearer ${secrets.hook.value}` },
      },
    ],
  })
  onStop(() => registry.stop())

  const image = `${registry.host}/acme/shop`
  const configFile = await writeDemoConfig({ folder, root, image, publicPort, opsPort }, site, secrets)
  await startServices(configFile, options)
  return {
    folder,
    configFile,
    root,
    site,
    registry,
    image,
    secrets,
    publicUrl: `http://127.0.0.1:${publicPort}`,
    opsUrl: `http://127.0.0.1:${opsPort}`,
  }
}

async function startServices(
  configFile: string,
  { onStop, onService, signal, say }: StageOptions,
): Promise<void> {
  for (const start of [startEmbeddedRedis, startIngest, startWorker]) {
    const service = await start({ configFile, signal })
    onStop(() => service.stop())
    onService(service)
    say(`${service.name} runs (process ${service.pid})`)
  }
}
