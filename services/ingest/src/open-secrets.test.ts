import { describe, expect, it } from 'vitest'
import { configOf } from '../test/config.ts'
import { makeFolder } from '../test/program.ts'
import { openSecrets } from './open-secrets.ts'

const long = 'sixteen-or-more-characters'
const hash = `sha256:${'0f'.repeat(32)}`

describe('openSecrets', () => {
  it('reads every secret that the configuration names, several of a hook while rotating', async () => {
    const config = configOf({
      redis: { url: 'redis://127.0.0.1', password: { env: 'REDIS' } },
      ingest: { ops: { tokens: [{ name: 'ada', role: 'operator', hash: { env: 'ADA' } }] } },
      hooks: {
        a: { source: 'acr', secret: [{ env: 'NEW' }, { env: 'OLD' }] },
        b: { source: 'distribution', secret: { env: 'OTHER' } },
      },
    })

    const secrets = await openSecrets(config, {
      REDIS: 'r',
      ADA: hash,
      NEW: `${long}1`,
      OLD: `${long}2`,
      OTHER: `${long}3`,
    })

    expect([...secrets.hooks]).toEqual([
      ['a', [`${long}1`, `${long}2`]],
      ['b', [`${long}3`]],
    ])
    expect(secrets.redis.password).toBe('r')
    expect(secrets.tokens).toEqual([{ name: 'ada', role: 'operator', hash }])
  })

  it('names everything that is wrong at once, and none of the values', async () => {
    const config = configOf({
      redis: { url: 'redis://127.0.0.1', password: { env: 'REDIS' } },
      ingest: { ops: { tokens: [{ name: 'ada', role: 'operator', hash: { env: 'ADA' } }] } },
      hooks: {
        short: { source: 'acr', secret: { env: 'SHORT' } },
      },
    })

    const failure = openSecrets(config, { ADA: 'plain-token-value', SHORT: 'short-value' })

    await expect(failure).rejects.toThrow(
      /hooks\.short\.secret\[0\][\s\S]*redis\.password[\s\S]*ingest\.ops\.tokens\[0\]\.hash/,
    )
    await expect(failure).rejects.not.toThrow(/plain-token-value|short-value/)
  })

  it.each(['', '               '])('takes no %j for a secret', async (value) => {
    const config = configOf({ hooks: { a: { source: 'acr', secret: { env: 'A' } } } })

    await expect(openSecrets(config, { A: value })).rejects.toMatchObject({ code: 'SECRET_UNAVAILABLE' })
  })

  it('wants key sets in the files that are named, beside everything else', async () => {
    await using folder = await makeFolder()
    const hook = (file: string) => ({
      source: 'gar',
      audience: 'https://a',
      service_account: 'a@b.example',
      jwks: { file },
    })
    const config = configOf({
      hooks: {
        good: hook(await folder.write('good.json', '{"keys":[]}')),
        text: hook(await folder.write('text.json', 'no JSON')),
        other: hook(await folder.write('other.json', '{"kty":"RSA"}')),
        none: hook(`${folder.path}/none.json`),
        short: { source: 'acr', secret: { env: 'SHORT' } },
      },
    })

    const failure = await openSecrets(config, { SHORT: 'short' }).catch((error: Error) => error.message)

    for (const name of ['text', 'other', 'none']) expect(failure).toContain(`hooks.${name}.jwks.file: `)
    expect(failure).toContain('hooks.short.secret[0]')
    expect(failure).not.toContain('hooks.good')
  })
})
