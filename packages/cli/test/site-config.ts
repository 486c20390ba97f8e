import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface ConfigFile extends AsyncDisposable {
  readonly folder: string
  readonly path: string
}

/** Writes text as the slipway.yaml of a temporary folder; `FOLDER` in it becomes that folder. */
export async function writeConfig(text: string): Promise<ConfigFile> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-cli-'))
  const path = join(folder, 'slipway.yaml')
  await writeFile(path, text.replaceAll('FOLDER', folder))
  return { folder, path, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) }
}

export const image = 'registry-vpc.cn-hangzhou.aliyuncs.com/acme/shop'

/** Two projects: `shop` on two hosts follows `latest` and semver tags, `blog` on one follows versions only. */
export function siteConfig(redisUrl: string): string {
  return `
redis: { url: '${redisUrl}' }
hooks:
  acr-main:
    source: acr
    secret: { env: ACR_HOOK_SECRET }
    registry: registry-vpc.cn-hangzhou.aliyuncs.com
projects:
  shop:
    image: ${image}
    tags: [latest, ^1.2]
    hosts: [web1, web2]
    source: { path: /var/www/app }
    release: { root: /var/www/shop }
    check: { url: 'http://127.0.0.1:8088/health' }
  blog:
    image: registry.example.com/acme/blog
    tags: ['/v[0-9]+/']
    source: { path: /var/www/app }
    release: { root: /var/www/blog }
`
}
