import { describe, expect, it } from 'vitest'
import { createAllows } from './address.ts'

describe('createAllows', () => {
  const allows = createAllows(['192.0.2.0/24', '198.51.100.7', '2001:db8::/32', '::ffff:203.0.113.0/120'])

  it.each([
    '192.0.2.0',
    '192.0.2.255',
    '198.51.100.7',
    '::ffff:192.0.2.1',
    '::FFFF:198.51.100.7',
    '2001:db8::1',
    '2001:db8:ffff::%eth0',
    '203.0.113.9',
  ])('hears %s', (peer) => {
    expect(allows(peer)).toBe(true)
  })

  it.each([
    '192.0.3.0',
    '198.51.100.8',
    '::ffff:192.0.3.1',
    '2001:db9::1',
    '::1',
    '203.0.114.1',
    '',
    'localhost',
    '192.0.2',
    '192.0.2.1 ',
    'unix:',
  ])('does not hear %j', (peer) => {
    expect(allows(peer)).toBe(false)
  })
})
