import { describe, expect, it } from 'vitest'
import { redirectTarget } from './redirect.ts'

const secure = new URL('https://registry.example.com/v2/acme/shop/manifests/latest')
const loopback = new URL('http://127.0.0.1:5000/v2/acme/shop/manifests/latest')

describe('redirectTarget', () => {
  it.each([
    [secure, '/v2/other', 'https://registry.example.com/v2/other'],
    [secure, 'https://cdn.example.net/x', 'https://cdn.example.net/x'],
    [secure, '//cdn.example.net/x', 'https://cdn.example.net/x'],
    [loopback, 'http://127.0.0.1:5001/x', 'http://127.0.0.1:5001/x'],
    [loopback, 'http://localhost:5001/x', 'http://localhost:5001/x'],
    [loopback, 'https://cdn.example.net/x', 'https://cdn.example.net/x'],
  ])('follows %s to %s', (from, location, target) => {
    expect(String(redirectTarget(from, from, location))).toBe(target)
  })

  it.each([
    [secure, null],
    [secure, ''],
    [secure, 'https://'],
    [secure, 'http://registry.example.com/x'],
    [secure, 'http://cdn.example.net/x'],
    [secure, 'file:///etc/passwd'],
    [secure, 'javascript:1'],
    [secure, 'https://user:word@cdn.example.net/x'],
    [secure, 'https://127.0.0.1/x'],
    [secure, 'https://0x7f000001/x'],
    [secure, 'https://localhost/x'],
    [secure, 'https://[::1]/x'],
    [secure, 'https://[::ffff:127.0.0.1]/x'],
    [secure, 'https://169.254.169.254/latest/meta-data'],
    [secure, 'https://[fe80::1]/x'],
    [loopback, 'http://169.254.169.254/latest/meta-data'],
  ])('does not follow %s to %s', (from, location) => {
    expect(redirectTarget(from, from, location)).toBeTypeOf('string')
  })
})
