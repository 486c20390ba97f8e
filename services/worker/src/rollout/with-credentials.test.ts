import { type RegistryCredentials, SlipwayError } from '@slipway/core'
import { describe, expect, it } from 'vitest'
import { calm } from '../../test/failure.ts'
import type { CredentialSource } from '../ports/credential-source.ts'
import { withCredentials } from './with-credentials.ts'

const refusal = new SlipwayError('REGISTRY_UNAUTHORIZED', 'Who is that?')

/** Temporary credentials that are new each time they were forgotten. */
function temporary(mayHelp = true): CredentialSource {
  let number = 1
  return {
    isTemporary: true,
    read: async () => ({ username: 'temp', password: `password-${number}` }),
    forget: () => {
      number += 1
      return mayHelp
    },
  }
}

function registryThatRefuses(error: Error, times: number) {
  const asked: (RegistryCredentials | null)[] = []
  const use = async (credentials: RegistryCredentials | null) => {
    asked.push(credentials)
    if (asked.length <= times) throw error
    return 'answer'
  }
  return { asked, use }
}

describe('temporary credentials that the registry refuses', () => {
  it('are got anew and tried once more', async () => {
    const { asked, use } = registryThatRefuses(refusal, 1)

    expect(await withCredentials(temporary(), calm, use)).toBe('answer')

    expect(asked).toEqual([
      { username: 'temp', password: 'password-1' },
      { username: 'temp', password: 'password-2' },
    ])
  })

  it('are not tried a third time', async () => {
    const { asked, use } = registryThatRefuses(refusal, 9)

    await expect(withCredentials(temporary(), calm, use)).rejects.toBe(refusal)

    expect(asked).toHaveLength(2)
  })

  it('are not tried again when they had just been got', async () => {
    const { asked, use } = registryThatRefuses(refusal, 1)

    await expect(withCredentials(temporary(false), calm, use)).rejects.toBe(refusal)

    expect(asked).toHaveLength(1)
  })

  it('are kept when the registry says anything else', async () => {
    const denied = new SlipwayError('REGISTRY_DENIED', 'Not for you.')
    const { asked, use } = registryThatRefuses(denied, 1)

    await expect(withCredentials(temporary(), calm, use)).rejects.toBe(denied)

    expect(asked).toHaveLength(1)
  })
})
