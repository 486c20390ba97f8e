import { readdirSync, readFileSync } from 'node:fs'
import type { AuthType, ImagePush } from '@slipway/core'

/** One recorded call of a source and what has to come of it; the fields are those of the expectation files. */
export interface Case {
  readonly name: string
  readonly source: string
  /** Files of the source, for whoever needs the path. */
  readonly file: string
  readonly body: Uint8Array
  readonly expect: {
    readonly headers: Readonly<Record<string, string>>
    readonly query?: { readonly secret?: string }
    readonly secret: string
    readonly auth: { readonly type: AuthType; readonly header?: string; readonly prefix?: string }
    readonly receiver: { readonly registry_host?: string }
    readonly outcome: 'deploy' | 'ignore' | 'reject'
    readonly image: ImagePush | null
    readonly images?: readonly ImagePush[]
  }
}

const sources = new URL('../src/sources/', import.meta.url)

/** Every case in the fixtures of every source. */
export function allCases(): Case[] {
  return readdirSync(sources, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name: source }) => casesOf(source))
}

function casesOf(source: string): Case[] {
  const folder = new URL(`${source}/fixtures/`, sources)
  return readdirSync(folder)
    .filter((name) => name.endsWith('.expect.json'))
    .map((name) => {
      const file = new URL(name.replace('.expect.json', '.json'), folder)
      return {
        name: `${source}: ${name.replace('.expect.json', '')}`,
        source,
        file: file.pathname,
        body: readFileSync(file),
        expect: JSON.parse(readFileSync(new URL(name, folder), 'utf8')),
      }
    })
}

/** What a receiver for this case has in its slipway.yaml: one hook and one project that follows the image. */
export function configInput({ source, expect }: Case): object {
  const { image, auth, receiver } = expect
  return {
    hooks: {
      door: {
        source,
        secret: { env: 'DOOR_SECRET' },
        auth: { type: auth.type, header: auth.header, prefix: auth.prefix },
        registry: receiver.registry_host,
      },
    },
    projects: image
      ? {
          site: {
            image: `${image.registry}/${image.repository}`,
            tags: [image.tag],
            source: { path: '/app' },
            release: { root: '/srv/site' },
          },
        }
      : {},
  }
}

export function imagesOf({ expect }: Case): readonly ImagePush[] {
  return expect.images ?? (expect.image ? [expect.image] : [])
}
