import { describe, expect, it } from 'vitest'
import { readJson, readJsonOrList } from './read-json.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const nested = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`

describe('readJson', () => {
  it('reads an object, whatever language and order it is in', () => {
    expect(readJson(bytes('{"b":"订单 🚢","a":1.7e9}'))).toEqual({
      ok: true,
      value: { b: '订单 🚢', a: 1.7e9 },
    })
  })

  it.each(['', ' ', '{', '{"a":1}}', "{'a':1}", '{"a":NaN}', '{"a":01}', 'null', '[]', '"x"', '1', 'true'])(
    'refuses %j',
    (text) => {
      expect(readJson(bytes(text)).ok).toBe(false)
    },
  )

  it.each([
    ['a lone continuation byte', [0x7b, 0x22, 0x80, 0x22, 0x3a, 0x31, 0x7d]],
    ['an overlong form', [0x7b, 0x22, 0xc0, 0xaf, 0x22, 0x3a, 0x31, 0x7d]],
    ['a byte order mark', [0xef, 0xbb, 0xbf, 0x7b, 0x7d]],
    ['UTF-16', [0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00]],
  ])('refuses %s', (_what, raw) => {
    expect(readJson(Uint8Array.from(raw)).ok).toBe(false)
  })

  it.each([
    '{"__proto__":{"admin":true}}',
    '{"\\u005f_proto__":1}',
    '{"a":[{"b":{"__proto__":1}}]}',
    '{"constructor":{"prototype":{"admin":true}}}',
  ])('refuses %s', (text) => {
    expect(readJson(bytes(text)).ok).toBe(false)
  })

  it('goes sixteen levels deep and no further', () => {
    expect(readJson(bytes(nested(16))).ok).toBe(true)
    expect(readJson(bytes(nested(17))).ok).toBe(false)
  })

  it.each([nested(100_000), `{"a":${'['.repeat(150_000)}${']'.repeat(150_000)}}`])(
    'survives a bottomless body',
    (text) => {
      expect(readJson(bytes(text)).ok).toBe(false)
    },
  )

  it.each(['{"a":1e999}', '{"a":[-1e999]}'])('refuses %s, which no bounds hold', (text) => {
    expect(readJson(bytes(text)).ok).toBe(false)
  })

  it('takes the last of two keys, as the only reader there is', () => {
    expect(readJson(bytes('{"a":1,"a":2}'))).toEqual({ ok: true, value: { a: 2 } })
  })
})

describe('readJsonOrList', () => {
  it('takes a list as well, by the same rules', () => {
    expect(readJsonOrList(bytes('[{"a":1}]'))).toEqual({ ok: true, value: [{ a: 1 }] })
    expect(readJsonOrList(bytes('{"a":1}')).ok).toBe(true)
    expect(readJsonOrList(bytes('[{"__proto__":1}]')).ok).toBe(false)
    expect(readJsonOrList(bytes(`${'['.repeat(17)}${']'.repeat(17)}`)).ok).toBe(false)
    expect(readJsonOrList(bytes('null')).ok).toBe(false)
  })
})
