import { describe, expect, it } from 'vitest'
import { codeup } from './index.ts'

const settings = {}

describe('codeup', () => {
  it.each(['push', 'tag_push', 'merge_request', 'note'])('ignores %s, which is about source code', (kind) => {
    const body = { object_kind: kind, ref: 'refs/tags/v1', commits: [{ message: '修复 🚀' }] }

    expect(codeup.parse({ body, headers: {}, settings })).toEqual({
      kind: 'ignore',
      why: 'source code arrived, not an image',
    })
  })

  it('ignores what its header says is a call', () => {
    const headers = { 'codeup-event': 'Merge Request Hook' }

    expect(codeup.parse({ body: {}, headers, settings }).kind).toBe('ignore')
  })

  it.each([{}, { object_kind: 7 }, { push_data: { tag: 'latest' } }])('rejects %j', (body) => {
    expect(codeup.parse({ body, headers: {}, settings }).kind).toBe('reject')
  })
})
