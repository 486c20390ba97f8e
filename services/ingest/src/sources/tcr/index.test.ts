import { describe, expect, it } from 'vitest'
import { itKeepsTheRulesOnTags } from '../../../test/tag-rules.ts'
import type { Parsed } from '../source.ts'
import { tcr } from './index.ts'

const digest = `sha256:${'ef56'.repeat(16)}`

function parse(more: object = {}, resource: object = {}, registry?: string): Parsed {
  const body = {
    type: 'pushImage',
    occur_at: 1.76345e9,
    operator: '100000000001',
    event_data: {
      resources: [
        { digest, tag: 'v5', resource_url: 'jade-gz.tencentcloudcr.com/game/lobby:v5', ...resource },
      ],
      repository: { name: 'lobby', namespace: 'game', repo_full_name: 'game/lobby', repo_type: 'private' },
    },
    ...more,
  }
  return tcr.parse({ body, headers: {}, settings: { registry } })
}

describe('tcr', () => {
  it('takes a push, with the host of the URL of the image', () => {
    expect(parse()).toEqual({
      kind: 'pushes',
      pushes: [
        {
          registry: 'jade-gz.tencentcloudcr.com',
          repository: 'game/lobby',
          tag: 'v5',
          digest,
          event: null,
          at: '1763450000',
        },
      ],
      passedOver: [],
    })
  })

  it('prefers the host of the hook', () => {
    expect(parse({}, {}, 'images.example.com')).toMatchObject({
      pushes: [{ registry: 'images.example.com' }],
    })
  })

  it.each(['deleteImage', 'uploadChart', 'deleteChart', 'pullImage'])(
    'ignores %s, though it names a tag',
    (type) => {
      expect(parse({ type }).kind).toBe('ignore')
    },
  )

  itKeepsTheRulesOnTags((tag) => parse({}, { tag }))

  it.each([
    ['no type', { type: undefined }],
    ['no data', { event_data: undefined }],
    ['data of another kind', { event_data: 'x' }],
  ])('rejects a body with %s', (_what, more) => {
    expect(parse(more).kind).toBe('reject')
  })
})
