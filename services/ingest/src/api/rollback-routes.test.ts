import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type ApiRig, startApi, tokens } from '../../test/api-rig.ts'
import { projectDetail, rollingBack } from './schemas.ts'

const release = '1795000000000000-c0ffeec0ffee-ab12'
const digest = `sha256:${'ab'.repeat(32)}`

let api: ApiRig
beforeEach(async () => {
  api = await startApi()
})
afterEach(async () => {
  await api[Symbol.asyncDispose]()
})

const rollBack = (project: string, body?: object) =>
  api.ask('POST', `/projects/${project}/rollback`, body === undefined ? {} : { body })

describe('POST /projects/:project/rollback', () => {
  it('asks every host to go back, by the name of the token', async () => {
    const answer = await rollBack('shop')

    const { deployments } = rollingBack.parse(answer.json())
    expect(answer.statusCode).toBe(202)
    expect(deployments).toMatchObject([
      { project: 'shop', host: 'web1' },
      { project: 'shop', host: 'web2' },
    ])
    for (const { id, host, seq } of deployments) {
      const record = await api.storeOf(host).deployment(id)
      expect(record).toMatchObject({
        seq,
        state: 'queued',
        back: { release: null, digest: null },
        trigger: { kind: 'command', by: 'ada' },
        rollout: null,
      })
    }
    expect(await api.redis.llen('slipway:{web1}:deploy-web1:wait')).toBe(1)
  })

  it.each([
    [{ release }, { release, digest: null }],
    [{ digest }, { release: null, digest }],
  ])('asks one host to go back to what is named, with the reason: %j', async (target, back) => {
    const answer = await rollBack('shop', { ...target, host: 'web2', reason: 'the till is empty' })

    const [only, ...others] = rollingBack.parse(answer.json()).deployments
    expect([only?.host, others]).toEqual(['web2', []])
    expect(await api.storeOf('web2').deployment(only?.id ?? '')).toMatchObject({
      back,
      trigger: { by: 'ada', reason: 'the till is empty' },
    })
    expect(await api.storeOf('web1').want('shop')).toBeNull()
  })

  it.each<[string, string, object, number, string]>([
    ['a project that is not', 'wiki', {}, 404, 'PROJECT_UNKNOWN'],
    ['a host that is not its', 'shop', { host: 'db1' }, 404, 'PROJECT_UNKNOWN'],
    ['what is no name of a release', 'shop', { release: '../shop' }, 422, 'UNPROCESSABLE'],
    ['what is no digest', 'shop', { digest: 'sha256:abc' }, 422, 'UNPROCESSABLE'],
    ['two targets', 'shop', { release, digest }, 422, 'UNPROCESSABLE'],
    ['a reason of two lines', 'shop', { reason: 'one\ntwo' }, 422, 'UNPROCESSABLE'],
    ['a field that is not known', 'shop', { force: true }, 422, 'UNPROCESSABLE'],
  ])('refuses %s and queues nothing', async (_what, project, body, status, code) => {
    const answer = await rollBack(project, body)

    expect(answer.statusCode).toBe(status)
    expect(answer.json().error.code).toBe(code)
    expect(await api.redis.keys('slipway:*want*')).toEqual([])
  })

  it('is nothing for a viewer', async () => {
    const answer = await api.ask('POST', '/projects/shop/rollback', { token: tokens.viewer })

    expect(answer.statusCode).toBe(403)
    expect(await api.redis.keys('slipway:*want*')).toEqual([])
  })
})

it('shows the releases of a project as its hosts told them', async () => {
  const known = { name: release, digest, tag: 'v7', status: 'live', seq: 7, copiedAt: 5 } as const
  await api.storeOf('web1').saveReleases('shop', [{ ...known, present: true, live: true }])

  const answer = await api.ask('GET', '/projects/shop')

  expect(projectDetail.parse(answer.json()).releases).toEqual([
    { host: 'web1', at: api.now, releases: [{ ...known, present: true, live: true }] },
    { host: 'web2', at: null, releases: [] },
  ])
})
