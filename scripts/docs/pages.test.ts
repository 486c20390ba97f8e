import { readFile } from 'node:fs/promises'
import { catalogue, parseConfig } from '@slipway/core'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { makePages } from './pages.ts'

const docs = new URL('../../docs/', import.meta.url)
const example = await readFile(new URL('slipway.example.yaml', docs), 'utf8')
const pages = new Map(makePages(example).map(({ name, text }) => [name, text]))
const page = (name: string) => pages.get(name) ?? expect.fail(`no page ${name}`)

describe('generated pages', () => {
  it.each([...pages.keys()])('%s is as it would be made now', async (name) => {
    expect(await readFile(new URL(name, docs), 'utf8')).toBe(page(name))
  })

  it('show an example that can be used', () => {
    const [, shown = ''] = /```yaml\n([\s\S]+?)```/.exec(page('configuration.md')) ?? []

    expect(parseConfig(parse(shown))).toMatchObject({ ok: true })
  })

  it('have every code of the catalogue exactly once, and no other', () => {
    const headings = [...page('errors.md').matchAll(/^### (\w+)$/gm)].map(([, code]) => code)

    expect(headings.toSorted()).toEqual(Object.keys(catalogue).toSorted())
  })

  it.each([
    '| `worker.lock_duration` | duration | `1m` | How long a silent worker keeps its job. |',
    '| `projects.<name>.image` | text | required | Registry and repository, without tag: registry.example.com/acme/shop. |',
    '| `projects.<name>.tags` | list of text | `[latest]` | Exact names, /regular expressions/ or semver ranges. |',
    '| `projects.<name>.source.limits.bytes` | size | `10GB` | All files together. |',
    '| `ingest.ops.tokens[].role` | `viewer`, `operator` | required |  |',
    '| `credentials.<name>.password` | secret |  |',
    '| `projects.<name>.services[].action` | `signal`, `exec`, `restart`, `recreate` | required |',
    '| `projects.<name>.services[].signal` | text |  |',
    '| `schedules.prune.every` | duration |  |',
  ])('tell in the table of settings: %s', (row) => {
    expect(page('configuration.md').replaceAll(/ {2,}/g, ' ')).toContain(row.replaceAll(/ {2,}/g, ' '))
  })
})
