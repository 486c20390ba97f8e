import { describe, expect, it } from 'vitest'
import { deliveryKey } from './delivery-key.ts'
import type { SourcePush } from './sources/source.ts'

const push: SourcePush = {
  registry: 'r.example.com',
  repository: 'acme/shop',
  tag: 'latest',
  digest: `sha256:${'ab'.repeat(32)}`,
  event: null,
  at: null,
}

function keyOf(change: Partial<SourcePush>, source = 'acr', hook = 'main'): string | undefined {
  return deliveryKey(source, hook, { ...push, ...change })
}

describe('deliveryKey', () => {
  it('is the same for one event, whatever else the sender says of it', () => {
    const first = keyOf({ event: 'e1', at: '1', digest: null })

    expect(keyOf({ event: 'e1', at: '2' })).toBe(first)
  })

  it('differs by source, hook, event and image', () => {
    const keys = [
      keyOf({ event: 'e1' }),
      keyOf({ event: 'e2' }),
      keyOf({ event: 'e1', tag: 'v1' }),
      keyOf({ event: 'e1', repository: 'acme/blog' }),
      keyOf({ event: 'e1', registry: 'r.example.org' }),
      keyOf({ event: 'e1' }, 'ecr'),
      keyOf({ event: 'e1' }, 'acr', 'other'),
      keyOf({ at: 'e1' }),
    ]

    expect(new Set(keys).size).toBe(keys.length)
  })

  it('goes by the time of the event where there is no id, whichever hook was called', () => {
    expect(keyOf({ at: '1' }, 'acr', 'other')).toBe(keyOf({ at: '1' }))
  })

  it('differs by source, image, digest and time where there is no id', () => {
    const keys = [
      keyOf({ at: '1' }),
      keyOf({ at: '2' }),
      keyOf({ at: '1', tag: 'v1' }),
      keyOf({ at: '1', digest: null }),
      keyOf({ at: '1', repository: 'acme/blog' }),
      keyOf({ at: '1', registry: 'r.example.org' }),
      keyOf({ at: '1' }, 'ecr'),
    ]

    expect(new Set(keys).size).toBe(keys.length)
  })

  it('is none where the sender gives neither, since a tag may be pushed again with an earlier content', () => {
    expect(keyOf({})).toBeUndefined()
    expect(keyOf({ event: '', at: '' })).toBeUndefined()
  })
})
