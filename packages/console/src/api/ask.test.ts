import { describe, expect, it } from 'vitest'
import { ask, question } from './ask.ts'
import { object, text } from './shape.ts'

const answer = object({ name: text })
const one = question({ path: '/api/v1/things', answer })
const never = new AbortController().signal

function answering(status: number, body: string, headers: Record<string, string> = {}): typeof fetch {
  return async () => new Response(body, { status, headers })
}

describe('a question', () => {
  it('has its parameters filled in, as text', () => {
    const route = { path: '/api/v1/projects/{project}/verify', answer }

    expect(question(route, { project: 'a/b?c' }, { hook: undefined, since: '1 d' }).url).toBe(
      '/api/v1/projects/a%2Fb%3Fc/verify?since=1+d',
    )
    expect(question(route, { project: 'shop' }).url).toBe('/api/v1/projects/shop/verify')
  })

  it('is answered, with the time of the one who answers', async () => {
    const date = 'Sat, 28 Nov 2026 15:00:00 GMT'

    expect(await ask(one, never, answering(200, '{"name":"a"}', { date }))).toEqual({
      ok: true,
      data: { name: 'a' },
      at: Date.parse(date),
    })
  })

  it.each([
    [401, '{}', { kind: 'login' }],
    [
      404,
      '{"error":{"code":"PROJECT_UNKNOWN","message":"There is none."}}',
      { kind: 'refused', status: 404, code: 'PROJECT_UNKNOWN', message: 'There is none.' },
    ],
    [502, '"?"', { kind: 'refused', status: 502, code: '', message: '' }],
    [502, '<html>', { kind: 'silent' }],
    [200, '{"name":1}', { kind: 'misfit', place: 'answer.name' }],
    [200, '', { kind: 'silent' }],
  ])('that is answered with %d %s has failed', async (status, body, failure) => {
    expect(await ask(one, never, answering(status, body))).toEqual({ ok: false, failure })
  })

  it('that reaches nobody has failed, and one that is given up rejects', async () => {
    const unreachable = async () => Promise.reject(new TypeError('fetch failed'))

    expect(await ask(one, never, unreachable)).toEqual({ ok: false, failure: { kind: 'silent' } })
    await expect(ask(one, AbortSignal.abort(), unreachable)).rejects.toThrow('abort')
  })
})
