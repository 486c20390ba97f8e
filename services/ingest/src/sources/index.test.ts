import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig } from '@slipway/config-file'
import { sourceIds } from '@slipway/core'
import { afterAll, describe, expect, it } from 'vitest'
import { sources } from './index.ts'

const here = new URL('./', import.meta.url)
const folders = readdirSync(here, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
const files = ['README.md', 'fixtures', 'index.test.ts', 'index.ts', 'schema.ts', 'verify.ts']

const scratch = mkdtempSync(join(tmpdir(), 'slipway-sources-'))
afterAll(() => rmSync(scratch, { recursive: true }))

function textOf(path: string): string {
  return readFileSync(new URL(path, here), 'utf8')
}

/** The fenced blocks of a page that are of one language. */
function blocksOf(page: string, language: string): string[] {
  return [...page.matchAll(/```(?<kind>\w*)\n(?<text>[\s\S]*?)```/g)].flatMap(({ groups }) =>
    groups?.kind === language ? [groups.text ?? ''] : [],
  )
}

describe('sources', () => {
  it('are listed in alphabetical order, as the configuration allows them and as the folders are', () => {
    const listed = sources.map(({ id }) => id)

    expect(listed).toEqual([...sourceIds])
    expect(listed).toEqual(folders.toSorted())
  })

  it.each(folders)('%s has the files that every source has', (folder) => {
    const missing = files.filter((file) => !existsSync(new URL(`${folder}/${file}`, here)))

    expect(missing).toEqual([])
  })

  it.each(sources)('$id takes JSON', ({ contentTypes }) => {
    expect(contentTypes).toContain('application/json')
    expect(contentTypes.filter((type) => type !== type.toLowerCase() || type.includes(';'))).toEqual([])
  })

  it.each(folders)('%s knows no other source', (folder) => {
    const code = readdirSync(new URL(`${folder}/`, here)).filter((name) => name.endsWith('.ts'))
    const imported = code.flatMap((name) =>
      [...textOf(`${folder}/${name}`).matchAll(/from '\.\.\/(?<from>[^']+)'/g)].map(
        ({ groups }) => groups?.from ?? '',
      ),
    )

    expect(imported.filter((from) => folders.includes(from.split('/', 1)[0] ?? ''))).toEqual([])
  })
})

describe('the fixtures', () => {
  const fields = ['source', 'method', 'headers', 'auth', 'receiver', 'outcome', 'image', 'why']
  const cases = folders.flatMap((folder) =>
    namesIn(folder)
      .filter((name) => name.endsWith('.expect.json'))
      .map((name) => ({ folder, name, expected: JSON.parse(textOf(`${folder}/fixtures/${name}`)) })),
  )

  function namesIn(folder: string): string[] {
    const fixtures = new URL(`${folder}/fixtures/`, here)
    return existsSync(fixtures) ? readdirSync(fixtures) : []
  }

  it.each(folders)('of %s are pairs of a body and what is expected, one at the least', (folder) => {
    const names = namesIn(folder)
    const stems = new Set(names.map((name) => name.replace(/(?:\.expect)?\.json$/, '')))
    const pairs = [...stems].flatMap((stem) => [`${stem}.expect.json`, `${stem}.json`])

    expect(names.length).toBeGreaterThan(0)
    expect(names.toSorted()).toEqual(pairs.toSorted())
  })

  it.each(cases)('$folder/$name has every field of the form that all share', ({ folder, expected }) => {
    const isDeploy = expected.outcome === 'deploy'

    expect(fields.filter((field) => !(field in expected))).toEqual([])
    expect(expected).toMatchObject({ source: folder, method: 'POST' })
    expect(['deploy', 'ignore', 'reject']).toContain(expected.outcome)
    expect(Object.keys(expected.image ?? {}).toSorted()).toEqual(
      isDeploy ? ['digest', 'registry', 'repository', 'tag'] : [],
    )
    // A sender of Google's proves itself with a token of its own; all others share a secret.
    expect('secret' in expected).toBe(expected.auth.type !== 'google-oidc')
  })
})

describe('the page of a source', () => {
  const parts = ['**Proof.**', '**Set-up.**', '**Repetitions.**', '**Not verified.**']

  it.each(folders)(
    '%s says how it is set up, what is proven, what is repeated and what nobody has seen',
    (folder) => {
      const page = existsSync(new URL(`${folder}/README.md`, here)) ? textOf(`${folder}/README.md`) : ''

      expect(page.startsWith(`# ${folder}: `)).toBe(true)
      expect(parts.filter((part) => !page.includes(`\n${part}`))).toEqual([])
      expect(page).toContain('https://deploy.example.com/webhooks/')
    },
  )

  it.each(folders)('%s shows a hook that a configuration can have', async (folder) => {
    const page = existsSync(new URL(`${folder}/README.md`, here)) ? textOf(`${folder}/README.md`) : ''
    const shown = blocksOf(page, 'yaml').filter((block) => block.startsWith('hooks:\n'))
    const read = await Promise.all(
      shown.map((block, at) => {
        const file = join(scratch, `${folder}-${at}.yaml`)
        writeFileSync(file, block)
        return readConfig(file)
      }),
    )

    expect(read.length).toBeGreaterThan(0)
    expect(read.flatMap((one) => (one.ok ? [] : one.mistakes))).toEqual([])
    const hooks = read.flatMap((one) => (one.ok ? Object.values(one.config.hooks) : []))
    expect([...new Set(hooks.map(({ source }) => source))]).toEqual([folder])
  })
})

describe('docs/adding-a-source.md', () => {
  const page = textOf('../../../../docs/adding-a-source.md')

  it('names the files that a source must have, and no others', () => {
    const [tree = ''] = blocksOf(page, 'text').filter((block) =>
      block.includes('services/ingest/src/sources/'),
    )
    const named = [...tree.matchAll(/^ {2}(?<name>[\w.-]+)\/?(?: |$)/gm)].map(({ groups }) => groups?.name)

    expect(named.toSorted()).toEqual(files)
  })

  it('lists the sources that there are, each with the way to its page', () => {
    const listed = [...page.matchAll(/\]\(\.\.\/services\/ingest\/src\/sources\/(?<id>[a-z-]+)\/\)/g)]

    expect(listed.map(({ groups }) => groups?.id)).toEqual([...sourceIds])
  })
})
