import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type ApiRig, startApi } from '../../test/api-rig.ts'
import { deploymentWithLog, overview, projectDetail } from './schemas.ts'

const hour = 3_600_000

let api: ApiRig

beforeEach(async () => {
  api = await startApi()
})
afterEach(async () => {
  await api[Symbol.asyncDispose]()
})

describe('GET /projects', () => {
  it('shows every project on every host, with what holds it back', async () => {
    const [first] = await api.push('shop')
    await api.ask('PUT', '/projects/blog/freeze', { body: { reason: 'audit' } })

    const answer = await api.ask('GET', '/projects')

    const body = overview.parse(answer.json())
    expect(answer.statusCode).toBe(200)
    expect(body.freezes).toMatchObject([{ project: 'blog', by: 'ada', hosts: ['local'] }])
    expect(body.projects).toMatchObject([
      {
        project: 'shop',
        window: { open: false, opensAt: Date.UTC(2026, 10, 25, 3) },
        hosts: [
          { host: 'web1', freeze: null, live: null, last: { id: first, state: 'queued' } },
          { host: 'web2' },
        ],
        rollout: { isStopped: false, hosts: [{ host: 'web1' }, { host: 'web2' }] },
      },
      {
        project: 'blog',
        window: { open: true },
        hosts: [{ host: 'local', freeze: { reason: 'audit' }, last: null }],
        rollout: null,
      },
    ])
  })
})

describe('GET /projects/:project', () => {
  it('shows one project with its newest deployments', async () => {
    const [first, second] = await api.push('shop')

    const answer = await api.ask('GET', '/projects/shop')

    const body = projectDetail.parse(answer.json())
    expect(body).toMatchObject({ project: 'shop', image: 'registry.example.com/acme/shop' })
    expect(new Set(body.deployments.map(({ id }) => id))).toEqual(new Set([first, second]))
  })

  it.each([
    ['wiki', 'PROJECT_UNKNOWN'],
    ['constructor', 'PROJECT_UNKNOWN'],
    ['__proto__', 'NOT_FOUND'],
    ['SHOP', 'NOT_FOUND'],
    ['..%2fshop', 'NOT_FOUND'],
    ['x'.repeat(600), 'NOT_FOUND'],
  ])('does not know %s', async (name, code) => {
    const answer = await api.ask('GET', `/projects/${name}`)

    expect([answer.statusCode, answer.json().error.code]).toEqual([404, code])
  })
})

describe('GET /deployments/:deployment', () => {
  it('shows a deployment, and its log when asked to', async () => {
    const [id = ''] = await api.push('blog')
    await api.storeOf('local').appendLog(id, ['[resolve] begins'])

    const plain = await api.ask('GET', `/deployments/${id}`)
    const whole = await api.ask('GET', `/deployments/${id}?log=1`)

    expect(plain.json()).toMatchObject({ id, project: 'blog', host: 'local', state: 'queued' })
    expect(plain.json()).not.toHaveProperty('log')
    expect(deploymentWithLog.parse(whole.json()).log).toEqual(['[resolve] begins'])
  })

  it.each(['d0000000000000', 'D0', 'x', 'd*', '*'])('does not know %s', async (id) => {
    expect((await api.ask('GET', `/deployments/${id}`)).statusCode).toBe(404)
  })

  it.each(['log=2', 'log=1&log=1', 'lgo=1'])('refuses the query %s', async (query) => {
    const answer = await api.ask('GET', `/deployments/d0000000000000?${query}`)

    expect([answer.statusCode, answer.json().error.code]).toEqual([422, 'UNPROCESSABLE'])
    expect(answer.json().error.message).toMatch(/^query/)
  })
})

describe('POST /deployments/:deployment/cancel', () => {
  it('ends what waits, by the name of the token', async () => {
    const [id = ''] = await api.push('blog')

    const answer = await api.ask('POST', `/deployments/${id}/cancel`)

    expect([answer.statusCode, answer.json()]).toEqual([200, { outcome: 'cancelled' }])
    expect(await api.storeOf('local').deployment(id)).toMatchObject({
      state: 'cancelled',
      cancel: { by: 'ada', at: api.now },
    })
  })

  it('asks what is under way', async () => {
    const [id = ''] = await api.push('blog')
    await api.storeOf('local').take('blog')

    const answer = await api.ask('POST', `/deployments/${id}/cancel`)

    expect([answer.statusCode, answer.json()]).toEqual([202, { outcome: 'asked' }])
    expect(await api.storeOf('local').cancelRequest(id)).toEqual({ by: 'ada', at: api.now })
  })

  it('takes the empty body of a client that names its type', async () => {
    const [id = ''] = await api.push('blog')
    const headers = { 'content-type': 'application/json' }

    expect((await api.ask('POST', `/deployments/${id}/cancel`, { headers, body: '' })).statusCode).toBe(200)
  })

  it('refuses what has ended, and says as what', async () => {
    const [id = ''] = await api.push('blog')
    await api.storeOf('local').finish(id, { outcome: 'live' })

    const answer = await api.ask('POST', `/deployments/${id}/cancel`)

    expect([answer.statusCode, answer.json().error]).toEqual([
      409,
      { code: 'DEPLOYMENT_ENDED', message: `The deployment ${id} of blog has ended as live.` },
    ])
  })
})

describe('POST /deployments/:deployment/retry', () => {
  it('takes up what failed', async () => {
    const [id = ''] = await api.push('blog')
    await api.storeOf('local').finish(id, { outcome: 'failed' })

    const answer = await api.ask('POST', `/deployments/${id}/retry`)

    expect([answer.statusCode, answer.json()]).toEqual([202, { outcome: 'queued' }])
    expect((await api.storeOf('local').deployment(id))?.state).toBe('queued')
  })

  it('refuses what is no longer wanted', async () => {
    const [id = ''] = await api.push('blog')
    await api.storeOf('local').finish(id, { outcome: 'failed' })
    await api.push('blog')

    const answer = await api.ask('POST', `/deployments/${id}/retry`)

    expect([answer.statusCode, answer.json().error.code]).toEqual([409, 'DEPLOYMENT_ENDED'])
  })

  it('does not know what never was', async () => {
    const answer = await api.ask('POST', '/deployments/d0000000000000/retry')

    expect([answer.statusCode, answer.json().error.code]).toEqual([404, 'DEPLOYMENT_UNKNOWN'])
  })
})

describe('freezes', () => {
  it('of a project begin and end, and are listed meanwhile', async () => {
    const begun = await api.ask('PUT', '/projects/shop/freeze', { body: { reason: 'sale', until: '2h' } })
    const listed = await api.ask('GET', '/freezes')
    const ended = await api.ask('DELETE', '/projects/shop/freeze')

    const freeze = {
      project: 'shop',
      by: 'ada',
      since: api.now,
      until: api.now + 2 * hour,
      reason: 'sale',
      hosts: ['web1', 'web2'],
    }
    expect([begun.statusCode, begun.json()]).toEqual([200, freeze])
    expect(listed.json()).toEqual({ freezes: [freeze] })
    expect([ended.statusCode, ended.json()]).toEqual([200, { wasFrozen: true, left: [] }])
    expect(await api.storeOf('web2').freeze('shop')).toBeNull()
  })

  it('of everything are independent of those of a project', async () => {
    await api.ask('PUT', '/freeze', { body: { reason: 'audit', until: null } })
    await api.ask('PUT', '/projects/shop/freeze', { body: { reason: 'sale' } })

    const shop = await api.ask('DELETE', '/projects/shop/freeze')
    const again = await api.ask('DELETE', '/projects/shop/freeze')
    const all = await api.ask('DELETE', '/freeze')

    const left = [{ project: null, reason: 'audit' }]
    expect(shop.json()).toMatchObject({ wasFrozen: true, left })
    expect(again.json()).toMatchObject({ wasFrozen: false, left })
    expect(all.json()).toEqual({ wasFrozen: true, left: [] })
  })

  it.each<[body: object, message: RegExp]>([
    [{}, /^body\.reason: /],
    [{ reason: '' }, /^body\.reason: /],
    [{ reason: '  ' }, /^body\.reason: write one line/],
    [{ reason: 'x'.repeat(501) }, /^body\.reason: /],
    [{ reason: 'a\nb' }, /^body\.reason: write one line/],
    [{ reason: 5 }, /^body\.reason: /],
    [{ reason: 'a', until: '2026-11-24T20:59Z' }, /^body\.until: write a time that is ahead/],
    [{ reason: 'a', until: '' }, /^body\.until: /],
    [{ reason: 'a', until: 5 }, /^body\.until: /],
    [{ reason: 'a', 'secret-word': 1 }, /^body: there is a field that is not known$/],
  ])('refuse the body %j and write nothing', async (body, message) => {
    const answer = await api.ask('PUT', '/freeze', { body })

    expect([answer.statusCode, answer.json().error.code]).toEqual([422, 'UNPROCESSABLE'])
    expect(answer.json().error.message).toMatch(message)
    expect(await api.redis.dbsize()).toBe(0)
  })

  it.each([
    ['no JSON', 'application/json', '{"reason":', 400],
    ['a list', 'application/json', '[]', 400],
    ['a key that poisons', 'application/json', '{"reason":"a","__proto__":{}}', 400],
    ['text', 'text/plain', 'reason', 415],
    ['a form', 'application/x-www-form-urlencoded', 'reason=a', 415],
    ['nothing', 'application/json', '', 422],
    ['far too much', 'application/json', `{"reason":"${'x'.repeat(70_000)}"}`, 413],
  ])('refuse %s', async (_what, type, body, status) => {
    const answer = await api.ask('PUT', '/freeze', { headers: { 'content-type': type }, body })

    expect([answer.statusCode, Object.keys(answer.json())]).toEqual([status, ['error']])
  })

  it('are not there for a project that is not', async () => {
    const answers = await Promise.all([
      api.ask('PUT', '/projects/wiki/freeze', { body: { reason: 'a' } }),
      api.ask('DELETE', '/projects/wiki/freeze'),
    ])

    expect(answers.map(({ statusCode }) => statusCode)).toEqual([404, 404])
  })
})

describe('without Redis', () => {
  it('says so in time, in the form of the house', async () => {
    await api.server.stop()

    const answers = await Promise.all([
      api.ask('GET', '/projects'),
      api.ask('GET', '/projects/shop'),
      api.ask('GET', '/freezes'),
      api.ask('GET', '/deployments/d0000000000000'),
      api.ask('PUT', '/freeze', { body: { reason: 'audit' } }),
      api.ask('DELETE', '/freeze'),
    ])

    for (const answer of answers) {
      expect([answer.statusCode, answer.json().error]).toEqual([
        503,
        { code: 'REDIS_UNAVAILABLE', message: 'Redis did not answer in time.' },
      ])
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
    }
  })

  it('gives up on a Redis that is silent', async () => {
    api.server.freeze()

    const answer = await api.ask('POST', '/deployments/d0000000000000/cancel')

    expect([answer.statusCode, answer.json().error.code]).toEqual([503, 'REDIS_UNAVAILABLE'])
    api.server.thaw()
  })
})
