import { describe, expect, it } from 'vitest'
import { createLiveRedactor, createRedactor } from './redact.ts'

const secret = 'p@ss "word"/ü+1'

describe('createRedactor', () => {
  it.each([
    ['as it is', secret],
    ['in a URL', encodeURIComponent(secret)],
    ['in JSON', JSON.stringify({ password: secret })],
    ['in base64', Buffer.from(secret).toString('base64')],
    ['in Basic authentication', `Basic ${Buffer.from(`deploy:${secret}`).toString('base64')}`],
    [
      'in Basic authentication of a longer user',
      `Basic ${Buffer.from(`deploy@acme:${secret}`).toString('base64')}`,
    ],
    [
      'in Basic authentication of another user',
      `Basic ${Buffer.from(`deployer:${secret}`).toString('base64')}`,
    ],
    [
      'in the header for the engine',
      Buffer.from(JSON.stringify({ username: 'a', password: 'correct-horse-7' })).toString('base64url'),
      'correct-horse-7',
    ],
  ])('hides a secret %s', (_, text, hidden = secret) => {
    const redacted = createRedactor([hidden])(`before ${text} after`)

    expect(redacted).toMatch(/^before .*\[redacted\].* after$/)
    expect(redacted).not.toContain(hidden)
    for (const word of redacted.split(/[ "[\]{}]/)) {
      const decoded = Buffer.from(word, 'base64').toString('utf8')
      expect(decoded).not.toContain(hidden)
    }
  })

  it('hides the shortest secret wherever it stands', () => {
    const redact = createRedactor(['another-secret', 'abc123'])
    for (let before = 0; before < 12; before += 1)
      for (let after = 0; after < 4; after += 1) {
        const [left, right] = ['x'.repeat(before), 'y'.repeat(after)]
        expect(redact(`${left}abc123${right}`)).toBe(`${left}[redacted]${right}`)
      }
    expect(redact('abc12')).toBe('abc12')
  })

  it('hides every occurrence', () => {
    expect(createRedactor(['correct-horse'])('correct-horse, correct-horse')).toBe('[redacted], [redacted]')
  })

  it('hides a secret that contains another one as a whole', () => {
    expect(createRedactor(['secret', 'secret-and-more'])('x secret-and-more y')).toBe('x [redacted] y')
  })

  it('leaves what is too short to be told from ordinary text', () => {
    expect(createRedactor(['', 'a', 'abcde'])('abcde is a word')).toBe('abcde is a word')
  })

  it('leaves other text as it is, whatever letters a secret has', () => {
    const text = 'pulled acme/shop in 12 ms (a.b.c $& $1)'

    expect(createRedactor(['$&.*+?^(x)', 'another-secret'])(text)).toBe(text)
  })
})

describe('createLiveRedactor', () => {
  it('hides what is known at each text, in all its forms', () => {
    let secrets: readonly string[] = ['first-secret']
    const redact = createLiveRedactor(() => secrets)
    const text = `first-secret second-secret ${btoa('user:second-secret')}`
    const before = redact(text)

    secrets = [...secrets, 'second-secret']

    expect(before).toContain('[redacted] second-secret')
    expect(redact(text)).toMatch(/^\[redacted\] \[redacted\] /)
    expect(redact(text)).not.toContain(btoa('second-secret').slice(4, 12))
  })
})
