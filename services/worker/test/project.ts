import {
  type AcceptedWant,
  type Project,
  parseConfig,
  type Release,
  type ReleaseSettings,
  releaseName,
  type Source,
} from '@slipway/core'

/** The project `shop`, as a person would configure it. */
export function projectOf(more: object = {}): Project {
  const shop = {
    image: 'registry.example.com/acme/shop',
    source: { path: '/var/www/app' },
    release: { root: '/srv/shop' },
    ...more,
  }
  const result = parseConfig({
    credentials: { acme: { username: 'ada', password: { env: 'A' } } },
    projects: { shop },
  })
  if (!result.ok) throw new Error(JSON.stringify(result.mistakes))
  const project = result.config.projects.shop
  if (!project) throw new Error('no project')
  return project
}

/** The source of the project `shop`. */
export function sourceOf(more: object = {}): Source {
  const { source } = projectOf({ source: { path: '/var/www/app', ...more } })
  if (!source) throw new Error('no source')
  return source
}

/** Where releases of the project `shop` go. */
export function settingsOf(more: object = {}): ReleaseSettings {
  return projectOf({ release: { root: '/srv/shop', ...more } }).release
}

/** A copy of everything, as whoever runs it. */
export const plainCopy = { settings: settingsOf(), layers: null, previous: null } as const

/** A digest that a test can tell from the others. */
export function digestOf(digit: string): string {
  return `sha256:${digit.repeat(64)}`
}

export function wantOf(more: Partial<AcceptedWant> = {}): AcceptedWant {
  return {
    project: 'shop',
    host: 'web1',
    image: 'registry.example.com/acme/shop',
    tag: 'latest',
    digest: null,
    seq: 2_000,
    deployment: 'd-want',
    ...more,
  }
}

export function releaseOf(seq: number, digit: string, more: Partial<Release> = {}): Release {
  const digest = digestOf(digit)
  return {
    name: releaseName(seq, digest, 'rand'),
    seq,
    digest,
    image: 'registry.example.com/acme/shop',
    tag: 'latest',
    deployment: `d-${seq}`,
    copiedAt: 0,
    migratedAt: null,
    status: 'copied',
    ...more,
  }
}
