import type { CredentialSource } from '@slipway/config-file'
import { type RegistryCredentials, SlipwayError } from '@slipway/core'
import { describe, expect, it } from 'vitest'
import { calm, failureOf } from '../../../test/failure.ts'
import { earlier, openRig, wanted } from '../../../test/rig.ts'
import { imageOf } from '../image-of.ts'
import { pullImage } from './pull.ts'

const engineSays = new SlipwayError('PULL_FAILED', 'The engine could not pull.')
const refusal = new SlipwayError('REGISTRY_UNAUTHORIZED', 'Who is that?')

/** A pull with temporary credentials of which the engine takes those that `isGood` takes, and the registry too. */
async function openPull(isGood: (password: string) => boolean, registryError: SlipwayError = refusal) {
  const rig = await openRig()
  const used: string[] = []
  let number = 1
  const credentials: CredentialSource = {
    isTemporary: true,
    read: async () => ({ username: 'temp', password: `password-${number}` }),
    forget: () => {
      number += 1
      return true
    },
  }
  const passwordOf = (found: RegistryCredentials | null) =>
    found && 'password' in found ? found.password : ''
  const run: typeof rig.run = {
    ...rig.run,
    site: { ...rig.site, credentials },
    engine: {
      ...rig.engine,
      async pull(request) {
        used.push(passwordOf(request.credentials))
        if (!isGood(passwordOf(request.credentials))) throw engineSays
      },
    },
    registry: {
      ...rig.registry,
      resolve: (request) =>
        isGood(passwordOf(request.credentials))
          ? rig.registry.resolve(request)
          : Promise.reject(registryError),
    },
  }
  return { run, used }
}

describe('a pull with temporary credentials', () => {
  it('gets others, once, when the registry does not know these any more', async () => {
    const { run, used } = await openPull((password) => password === 'password-2')

    await pullImage(run, wanted, calm)

    expect(used).toEqual(['password-1', 'password-2'])
  })

  it('fails as the engine says when others are refused too', async () => {
    const { run, used } = await openPull(() => false)

    expect(await failureOf(pullImage(run, wanted, calm))).toBe(engineSays)
    expect(used).toEqual(['password-1', 'password-2'])
  })

  it('fails at once when it was not for them', async () => {
    const away = new SlipwayError('REGISTRY_UNAVAILABLE', 'The registry is away.')
    const { run, used } = await openPull(() => false, away)

    expect(await failureOf(pullImage(run, wanted, calm))).toBe(engineSays)
    expect(used).toEqual(['password-1'])
  })
})

describe('a pull of what the engine has already', () => {
  it.each([
    ['asks the registry of it, for the copy to know its layers', [], [wanted]],
    ['asks for nothing where there is no release to take over from', null, []],
  ])('%s', async (_what, manifest, expected) => {
    const { run, releases, engine, registry } = await openRig({ live: earlier })
    if (manifest) releases.manifests.set(earlier.name, manifest)
    const asked: string[] = []
    Object.assign(engine, { hasImage: async () => true })
    Object.assign(registry, {
      async platformManifest({ reference }: { reference: string }) {
        asked.push(reference)
        return { digest: reference, layers: [], volumes: [] }
      },
    })

    await pullImage(run, wanted, calm)
    expect(asked).toEqual(expected)

    await imageOf(run, wanted, calm)
    expect(asked).toEqual([wanted])
  })
})
