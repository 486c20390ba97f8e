import { createRequire } from 'node:module'
import { describe, expect, it } from 'vitest'
import type { Parsed, SourceCall } from '../source.ts'
import { ghcr } from './index.ts'

/** Payloads that others saw GitHub send, github.com and its Enterprise Server. */
interface Definition {
  readonly name: string
  readonly examples: readonly SourceCall['body'][]
}

const require = createRequire(import.meta.url)
const editions = ['api.github.com', 'ghes-31', 'ghes-32', 'ghes-33', 'ghes-34', 'ghes-35']
const all = editions.flatMap((edition) => {
  const definitions: Definition[] = require(`@octokit/webhooks-examples/${edition}/index.json`)
  return definitions.flatMap(({ name, examples }) =>
    examples.map((body, index) => ({ title: `${edition}: ${name} ${index}`, event: name, body })),
  )
})

function parse(event: string, body: SourceCall['body']): Parsed {
  const headers = { 'x-github-event': event, 'x-github-delivery': 'd-1' }
  return ghcr.parse({ body, headers, settings: {} })
}

describe('payloads that GitHub sent', () => {
  it('are there in number', () => {
    expect(all.length).toBeGreaterThan(500)
    expect(all.filter(({ event }) => event === 'package').length).toBeGreaterThanOrEqual(8)
    expect(all.filter(({ event }) => event === 'ping').length).toBeGreaterThanOrEqual(4)
  })

  // The package event of these is of npm packages, one of them with the metadata of a container without a tag.
  it('come to nothing: none is of a tagged container', () => {
    const odd = all.filter(({ event, body }) => parse(event, body).kind !== 'ignore')

    expect(odd.map(({ title }) => title)).toEqual([])
  })

  it.each([
    ['npm as it came', {}, 'the package is no container image'],
    ['of a container', { package_type: 'CONTAINER' }, 'a push without a tag is one platform of an image'],
  ])('with container metadata are ignored for the right reason: %s', (_what, change, why) => {
    expect(parse('package', withContainer(change))).toEqual({ kind: 'ignore', why })
  })

  it('with container metadata deploy once they are of a container and have a tag', () => {
    const digest = `sha256:${'ab'.repeat(32)}`
    const body = withContainer({ package_type: 'CONTAINER' }, { name: 'nightly', digest })

    for (const event of ['package', 'registry_package']) {
      const renamed = { action: 'published', [event]: (body as Record<string, unknown>).package }
      expect(parse(event, renamed)).toMatchObject({
        kind: 'pushes',
        pushes: [{ registry: 'ghcr.io', repository: 'codertocat/hello-world-npm', tag: 'nightly', digest }],
      })
    }
  })
})

interface PackageCall {
  readonly action: string
  readonly package: {
    readonly package_version: { readonly container_metadata?: { readonly tag: object } }
  }
}

/** The one example with the metadata of a container, with some of its fields as GHCR has them. */
function withContainer(change: object, tag?: object): SourceCall['body'] {
  const found = all
    .filter(({ event }) => event === 'package')
    .map(({ body }) => body as unknown as PackageCall)
    .find((call) => call.package.package_version.container_metadata)
  if (!found) throw new Error('no example has the metadata of a container')
  const version = found.package.package_version
  const metadata = { ...version.container_metadata, ...(tag ? { tag } : {}) }
  const container = {
    ...found.package,
    ...change,
    package_version: { ...version, container_metadata: metadata },
  }
  return { ...found, package: container }
}
