import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseDocument } from 'yaml'
import { phpSiteFolder } from '../images/recipes.ts'
import type { PhpSite } from '../php-site.ts'
import type { DemoSecrets } from './secrets.ts'

export interface DemoPlaces {
  /** The demo's own folder. */
  readonly folder: string
  /** Release root of the site. */
  readonly root: string
  /** `127.0.0.1:<port>/acme/shop` */
  readonly image: string
  readonly publicPort: number
  readonly opsPort: number
}

/** Writes the example's slipway.yaml with this machine's places in it; everything else stays as it is there. */
export async function writeDemoConfig(
  places: DemoPlaces,
  site: Pick<PhpSite, 'siteUrl' | 'containers' | 'network' | 'envFile'>,
  secrets: DemoSecrets,
): Promise<string> {
  const file = join(places.folder, 'slipway.yaml')
  const example = await readFile(join(phpSiteFolder, 'slipway.yaml'), 'utf8')
  await writeFile(file, demoConfig(example, places, site, secrets))
  return file
}

/** The text of the demo's slipway.yaml, made from the example's by its structure. */
export function demoConfig(
  example: string,
  { folder, root, image, publicPort, opsPort }: DemoPlaces,
  site: Pick<PhpSite, 'siteUrl' | 'containers' | 'network' | 'envFile'>,
  secrets: DemoSecrets,
): string {
  const document = parseDocument(example)
  const set = (path: readonly (string | number)[], value: unknown) =>
    document.setIn(path, document.createNode(value))
  document.commentBefore = ' Made by the demo from examples/php-site/slipway.yaml.'
  // No `redis`: the embedded one keeps its files here.
  set(['state_dir'], join(folder, 'state'))
  set(['ingest', 'public'], { host: '127.0.0.1', port: publicPort, url: `http://127.0.0.1:${publicPort}` })
  set(['ingest', 'ops', 'port'], opsPort)
  set(
    ['ingest', 'ops', 'tokens'],
    [{ name: 'demo', role: 'operator', hash: { file: secrets.tokenHash.file } }],
  )
  set(['hooks', 'registry', 'secret', 'file'], secrets.hook.file)
  set(['credentials', 'shop', 'username'], secrets.registryUser)
  set(['credentials', 'shop', 'password', 'file'], secrets.registryPassword.file)

  const project = ['projects', 'shop'] as const
  set([...project, 'image'], image)
  set([...project, 'release', 'root'], root)
  // Only root can give files away.
  if (process.getuid?.() !== 0) document.deleteIn([...project, 'release', 'owner'])
  set([...project, 'migrate', 'env_file'], site.envFile)
  set([...project, 'migrate', 'network'], site.network)
  set([...project, 'services', 0, 'container'], site.containers.phpFpm)
  set([...project, 'services', 1, 'container'], site.containers.nginx)
  set([...project, 'check', 'url'], `${site.siteUrl}/health`)
  // A visitor of the demo need not wait long to see the way back.
  set([...project, 'check', 'retries'], 3)
  set([...project, 'check', 'interval'], '500ms')
  return document.toString({ lineWidth: 110 })
}
