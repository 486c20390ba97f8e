import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AuthType, ImagePush } from '@slipway/core'

/** One recorded call of a source and what has to come of it; the fields are those of the expectation files. */
export interface Case {
  readonly name: string
  readonly source: string
  /** Files of the source, for whoever needs the path. */
  readonly file: string
  readonly body: Uint8Array
  readonly expect: Expectation
}

export interface Expectation {
  readonly headers: Readonly<Record<string, string>>
  /** `secret` is what the call presents in its URL. */
  readonly query?: { readonly secret?: string }
  /** What the receiver was given; none where keys are public. */
  readonly secret?: string
  readonly auth: {
    readonly type: AuthType
    readonly header?: string
    readonly prefix?: string
    readonly audience?: string
    readonly email?: string
    /** A key set, in place of Google's. */
    readonly jwks?: object
  }
  /** The clock of the receiver. */
  readonly received_at?: string
  readonly receiver: {
    readonly registry_host?: string
    readonly repository_prefix?: string
    readonly image?: string
    readonly refs?: readonly string[]
    readonly tag_from?: string
    readonly image_from?: string
    readonly task_name?: string
    readonly types?: readonly string[]
  }
  readonly outcome: 'deploy' | 'ignore' | 'reject'
  readonly image: ImagePush | null
  readonly images?: readonly ImagePush[]
}

const sources = new URL('../src/sources/', import.meta.url)

/** The hook of a receiver for this case, as a person would write it, with its secret in `DOOR_SECRET`. */
export function hookInput({ source, expect }: Case): object {
  return hookOf(source, expect)
}

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

/** Names in lower case, as an HTTP server hands them on. */
export function headersOf({ expect }: Case): Record<string, string> {
  const named = Object.entries(expect.headers).map(([name, value]) => [name.toLowerCase(), value])
  return Object.fromEntries(named)
}

/** Milliseconds since 1970 by the clock of the receiver. */
export function timeOf({ expect }: Case): number {
  return expect.received_at === undefined ? 0 : Date.parse(expect.received_at)
}

/** The secrets of the one hook, by its name, as they are read. */
export function secretsOf({ expect }: Case): ReadonlyMap<string, readonly string[]> {
  return new Map(isKeyless(expect) || !expect.secret ? [] : [['door', [expect.secret]]])
}

/** What a receiver for this case has in its slipway.yaml: one hook and a project that follows each image. */
export function configInput(one: Case): object {
  const { source, expect } = one
  return {
    hooks: { door: hookOf(source, expect) },
    projects: Object.fromEntries(imagesOf(one).map((image, at) => [`site${at || ''}`, projectOf(image, at)])),
  }
}

export function imagesOf({ expect }: Case): readonly ImagePush[] {
  return expect.images ?? (expect.image ? [expect.image] : [])
}

function hookOf(source: string, { auth, receiver }: Expectation): object {
  const { registry_host: registry, ...settings } = receiver
  return {
    source,
    ...(auth.type === 'google-oidc' ? oidcOf(auth) : { secret: { env: 'DOOR_SECRET' } }),
    auth: { type: auth.type, header: auth.header, prefix: auth.prefix },
    registry,
    ...settings,
  }
}

function oidcOf({ audience, email, jwks }: Expectation['auth']): object {
  return {
    audience,
    service_account: email,
    ...(jwks ? { jwks: { file: keyFile(jwks) } } : {}),
  }
}

let folder: string | undefined
let files = 0

function keyFile(jwks: object): string {
  folder ??= makeFolder()
  files += 1
  const path = join(folder, `jwks-${files}.json`)
  writeFileSync(path, JSON.stringify(jwks))
  return path
}

function makeFolder(): string {
  const path = mkdtempSync(join(tmpdir(), 'ingest-keys-'))
  process.once('exit', () => rmSync(path, { recursive: true, force: true }))
  return path
}

function isKeyless({ auth }: Expectation): boolean {
  return auth.type === 'google-oidc'
}

function projectOf({ registry, repository, tag }: ImagePush, at: number): object {
  return {
    image: `${registry}/${repository}`,
    tags: [tag],
    source: { path: '/app' },
    release: { root: `/srv/site${at}` },
  }
}
