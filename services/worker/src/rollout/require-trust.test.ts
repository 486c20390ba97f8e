import { SlipwayError } from '@slipway/core'
import { describe, expect, it } from 'vitest'
import { failureOf } from '../../test/failure.ts'
import { digestOf } from '../../test/project.ts'
import { earlier, openRig, type RigOptions, remembered, wanted } from '../../test/rig.ts'
import { deploy } from './deploy.ts'

const trustedKeys = ['a key']
const trust = { cosign: { key: '/etc/slipway/cosign.pub' } }

async function openTrusting(signed: readonly string[], more: RigOptions = {}) {
  const rig = await openRig({ trustedKeys, ...more, project: { trust, ...more.project } })
  for (const digest of signed) rig.trust.signatures.set(digest, trustedKeys)
  return rig
}

describe('a project that trusts the signatures of a key', () => {
  it('takes an image that bears one, and asks for it with its own credentials', async () => {
    const rig = await openTrusting([wanted])

    expect((await deploy(rig.run)).outcome).toBe('live')

    expect(rig.trust.asked[0]).toEqual({
      digest: wanted,
      keys: trustedKeys,
      credentials: { username: 'ada', password: 'a-password' },
    })
  })

  it('refuses another before anything is pulled or touched', async () => {
    const rig = await openTrusting([], { live: earlier })

    const error = await failureOf(deploy(rig.run))

    expect(error).toMatchObject({ code: 'IMAGE_UNTRUSTED', retryable: false })
    expect(error.message).toContain('Project shop')
    expect(rig.begun()).toEqual(['resolve'])
    expect([...rig.engine.pulled]).toEqual([])
    expect(await remembered(rig)).toEqual({ live: earlier.name, good: earlier.name, seq: earlier.seq })
  })

  it('refuses it where the engine has it already, for another project', async () => {
    const rig = await openTrusting([])
    rig.engine.pulled.add(wanted)

    expect((await failureOf(deploy(rig.run))).code).toBe('IMAGE_UNTRUSTED')
    expect(rig.engine.kept).toEqual([])
  })

  it('refuses what another host of the rollout has found, when that bears none', async () => {
    const foreign = digestOf('f')
    const rig = await openTrusting([wanted], { agree: async () => foreign })

    expect((await failureOf(deploy(rig.run))).code).toBe('IMAGE_UNTRUSTED')
    expect([...rig.engine.pulled]).toEqual([])
  })

  it('tries again later when signatures cannot be read', async () => {
    const rig = await openTrusting([wanted])
    const away = new SlipwayError('REGISTRY_UNAVAILABLE', 'The registry is away.')
    const require = () => Promise.reject(away)

    const error = await failureOf(deploy({ ...rig.run, trust: { require } }))

    expect(error).toMatchObject({ code: 'REGISTRY_UNAVAILABLE', retryable: true })
    expect([...rig.engine.pulled]).toEqual([])
  })

  it('trusts nothing when no key was found', async () => {
    const rig = await openTrusting([wanted], { trustedKeys: [] })

    expect((await failureOf(deploy(rig.run))).code).toBe('IMAGE_UNTRUSTED')
  })
})

it('a project without trust asks for no signature', async () => {
  const rig = await openRig()

  expect((await deploy(rig.run)).outcome).toBe('live')
  expect(rig.trust.asked).toEqual([])
})
