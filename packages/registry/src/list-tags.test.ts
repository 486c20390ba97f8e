import { describe, expect, it } from 'vitest'
import { failureOf } from '../test/errors.ts'
import { type FakeAnswer, startFakeRegistry } from '../test/fake-registry.ts'
import { createRegistryClient } from './client.ts'

const list = '/v2/acme/shop/tags/list'

function ask(host: string) {
  const image = { registry: host, repository: 'acme/shop' }
  return createRegistryClient().listTags({ image, credentials: null })
}

function page(tags: readonly unknown[] | null, link?: string): FakeAnswer {
  return { headers: link ? { link } : {}, body: JSON.stringify({ name: 'acme/shop', tags }) }
}

describe('the tags of a repository', () => {
  it('come page by page', async () => {
    await using fake = await startFakeRegistry(({ path }) =>
      path.includes('last=b') ? page(['c']) : page(['a', 'b'], `<${list}?last=b&n=2>; rel="next"`),
    )

    expect(await ask(fake.host)).toEqual({ tags: ['a', 'b', 'c'], isCut: false })
    expect(fake.seen.map(({ path }) => path)).toEqual([`${list}?n=1000`, `${list}?last=b&n=2`])
  })

  it('are asked for at the registry, wherever its link leads', async () => {
    await using elsewhere = await startFakeRegistry(() => page(['stolen']))
    await using fake = await startFakeRegistry(({ path }) =>
      path.includes('last=a')
        ? page(['b'])
        : page(['a'], `<http://${elsewhere.host}/v2/other/tags/list?last=a>; rel=next`),
    )

    expect((await ask(fake.host)).tags).toEqual(['a', 'b'])
    expect(elsewhere.seen).toEqual([])
    expect(fake.seen[1]?.path).toBe(`${list}?last=a`)
  })

  it('are none where the registry has none left', async () => {
    await using fake = await startFakeRegistry(() => page(null))

    expect(await ask(fake.host)).toEqual({ tags: [], isCut: false })
  })

  it('leave out what is no tag', async () => {
    await using fake = await startFakeRegistry(() => page(['ok', '../x', 5, null, 'a b', 'x'.repeat(129)]))

    expect((await ask(fake.host)).tags).toEqual(['ok'])
  })

  it.each([
    ['ends', (at: number) => `t${at}`, 50],
    ['repeats itself', () => 'same', 50],
  ])('are given up where the list never %s', async (_what, tagOf, pages) => {
    let at = 0
    await using fake = await startFakeRegistry(() => {
      at += 1
      return page([tagOf(at)], `<${list}?last=${at}>; rel="next"`)
    })

    expect((await ask(fake.host)).isCut).toBe(true)
    expect(fake.seen).toHaveLength(pages)
  })

  it('are not more than slipway reads', async () => {
    const many = Array.from({ length: 25_000 }, (_, at) => `t${at}`)
    await using fake = await startFakeRegistry(() => page(many, `<${list}?last=x>; rel="next"`))

    const found = await ask(fake.host)

    expect(found.isCut).toBe(true)
    expect(found.tags).toHaveLength(20_000)
    expect(fake.seen).toHaveLength(1)
  })

  it.each<[string, FakeAnswer, string]>([
    ['no JSON', { body: '<html>' }, 'REGISTRY_PROTOCOL'],
    ['no list', { body: '{"tags":{}}' }, 'REGISTRY_PROTOCOL'],
    ['nothing', { status: 404 }, 'IMAGE_NOT_FOUND'],
    ['a refusal', { status: 429 }, 'REGISTRY_RATE_LIMITED'],
    ['a link to nowhere', page(['a'], '<http://[>; rel="next"'), 'REGISTRY_PROTOCOL'],
    ['a link without end', page(['a'], `<${'<'.repeat(8_000)}>; rel="next"`), 'REGISTRY_PROTOCOL'],
  ])('are an error when the registry sends %s', async (_what, answer, code) => {
    await using fake = await startFakeRegistry(() => answer)

    expect((await failureOf(ask(fake.host))).code).toBe(code)
  })
})
