import { type Config, parseConfig } from '@slipway/core'
import { describe, expect, it } from 'vitest'
import { openCredentials } from './open-credentials.ts'
import { createSecretKeeper } from './secret-keeper.ts'

const calm = new AbortController().signal
const clock = { now: () => Date.now() }

function entriesOf(credentials: object): Config['credentials'] {
  const parsed = parseConfig({ credentials })
  return parsed.ok ? parsed.config.credentials : expect.fail(JSON.stringify(parsed.mistakes))
}

describe('openCredentials', () => {
  const command = ['/bin/echo', '{"username":"temp","password":"of-the-command"}']
  const entries = entriesOf({
    ada: { username: 'ada', password: { env: 'ADA' } },
    bob: { token: { env: 'BOB' } },
    eve: { command },
  })

  it('opens each kind, and hides what each hands out', async () => {
    const secrets = createSecretKeeper(clock)
    const environment = { ADA: 'of-ada-alone', BOB: 'token-of-bob' }

    const sources = await openCredentials(entries, ['ada', 'bob', 'eve', 'ada'], {
      environment,
      clock,
      secrets,
    })

    const read = [...sources].map(async ([name, source]) => [name, await source.read(calm)] as const)
    expect(Object.fromEntries(await Promise.all(read))).toEqual({
      ada: { username: 'ada', password: 'of-ada-alone' },
      bob: { token: 'token-of-bob' },
      eve: { username: 'temp', password: 'of-the-command' },
    })
    expect(secrets.redact('of-ada-alone token-of-bob of-the-command')).toBe(
      '[redacted] [redacted] [redacted]',
    )
  })

  it('reads the secrets of those that are asked for alone, and names all that are missing', async () => {
    const options = { environment: {}, clock, secrets: createSecretKeeper(clock) }

    expect([...(await openCredentials(entries, ['eve'], options)).keys()]).toEqual(['eve'])
    await expect(openCredentials(entries, ['ada', 'bob'], options)).rejects.toMatchObject({
      code: 'SECRET_UNAVAILABLE',
      message: expect.stringMatching(/credentials\.ada\.password.*\n.*credentials\.bob\.token/),
    })
  })
})
