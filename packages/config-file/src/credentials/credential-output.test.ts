import { describe, expect, it } from 'vitest'
import { readCredentialOutput } from './credential-output.ts'

const now = Date.parse('2026-08-01T12:00:00Z')
const anHourOn = now + 3_600_000

function read(output: unknown, username?: string) {
  const text = typeof output === 'string' ? output : JSON.stringify(output)
  return readCredentialOutput(text, { username, now })
}

describe('what a credential command prints', () => {
  const own = { username: 'temp', password: 'a-password' }

  it.each([
    ['nothing of when they run out', own, null],
    ['a time of RFC 3339', { ...own, expires_at: '2026-08-01T13:00:00Z' }, anHourOn],
    ['a time of RFC 3339 elsewhere', { ...own, expires_at: '2026-08-01T21:00:00+08:00' }, anHourOn],
    ['seconds since 1970', { ...own, expires_at: anHourOn / 1_000 }, anHourOn],
    ['milliseconds since 1970', { ...own, expires_at: anHourOn }, anHourOn],
    ['milliseconds since 1970 as a text', { ...own, expires_at: String(anHourOn) }, anHourOn],
    ['seconds from now', { ...own, expires_in: 3_600 }, anHourOn],
  ])('may be JSON with %s', (_what, output, expiresAt) => {
    expect(read(output)).toEqual({ ...own, expiresAt })
  })

  it('may be what a Docker credential helper prints', () => {
    expect(read({ ServerURL: 'https://r', Username: 'temp', Secret: 'a-password' })).toEqual({
      ...own,
      expiresAt: null,
    })
  })

  it('may be what aliyun prints for an authorization token', () => {
    const output = {
      Code: 'success',
      IsSuccess: true,
      TempUsername: 'temp',
      AuthorizationToken: 'a-password',
      ExpireTime: anHourOn,
    }

    expect(read(`${JSON.stringify(output, null, 2)}\n`)).toEqual({ ...own, expiresAt: anHourOn })
  })

  it('may be the password alone where the user is configured', () => {
    expect(read('a-password\n', 'AWS')).toEqual({
      username: 'AWS',
      password: 'a-password',
      expiresAt: null,
    })
  })

  it('may leave out the user that is configured', () => {
    expect(read({ password: 'a-password' }, 'AWS')).toMatchObject({ username: 'AWS' })
  })

  const secret = 's3cret-value'
  it.each([
    ['nothing', ' \n'],
    ['a password without a user', secret],
    ['broken JSON', `{"username":"a","password":"${secret}`],
    ['JSON of another form', { token: secret }],
    ['an empty password', { username: secret, password: '' }],
    ['a number for a password', { username: secret, password: 1 }],
    ['a password with a line break', { username: 'a', password: `${secret}\n` }],
    ['an identity token', { Username: '<token>', Secret: secret }],
    ['what has run out', { username: 'a', password: secret, expires_at: now }],
    ['a time that is none', { username: 'a', password: secret, expires_at: 'soon' }],
    ['a life that is no number', { username: 'a', password: secret, expires_in: 'long' }],
  ])('is refused without being repeated when it is %s', (_what, output) => {
    const why = read(output)

    expect(why).toEqual(expect.stringMatching(/^printed /))
    expect(why).not.toContain(secret)
  })

  it('is refused when it is more than one line', () => {
    expect(read('warning: old version\na-password', 'AWS')).toBe('printed more than one line')
  })
})
