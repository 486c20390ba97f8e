import { describe, expect, it } from 'vitest'
import { SlipwayError } from '../errors/slipway-error.ts'
import {
  formatImageName,
  isDigest,
  isRegistryHost,
  isRepository,
  isTag,
  parseImageName,
  readDigest,
} from './reference.ts'

const hex = 'ab'.repeat(32)

describe('parseImageName', () => {
  it.each([
    ['registry.example.com/acme/shop', 'registry.example.com', 'acme/shop'],
    ['registry.example.com:5000/shop', 'registry.example.com:5000', 'shop'],
    ['127.0.0.1:5000/acme/shop', '127.0.0.1:5000', 'acme/shop'],
    ['localhost/shop', 'localhost', 'shop'],
    ['[::1]:5000/shop', '[::1]:5000', 'shop'],
    ['registry-vpc.cn-hangzhou.aliyuncs.com/a/b/c', 'registry-vpc.cn-hangzhou.aliyuncs.com', 'a/b/c'],
    ['nginx', 'docker.io', 'library/nginx'],
    ['acme/shop', 'docker.io', 'acme/shop'],
    ['docker.io/nginx', 'docker.io', 'library/nginx'],
    ['index.docker.io/acme/shop', 'docker.io', 'acme/shop'],
    ['registry-1.docker.io/acme/shop', 'docker.io', 'acme/shop'],
    ['registry.example.com/acme/a.b_c__d-e---f', 'registry.example.com', 'acme/a.b_c__d-e---f'],
  ])('reads %s', (text, registry, repository) => {
    expect(parseImageName(text)).toEqual({ registry, repository })
  })

  it.each([
    ['registry.example.com/acme/shop:latest', 'leave out the tag and the digest'],
    [`registry.example.com/acme/shop@sha256:${hex}`, 'leave out the tag and the digest'],
    ['shop:latest', 'leave out the tag and the digest'],
    ['registry.example.com:5000', 'leave out the tag and the digest'],
    ['Registry.Example.com/shop', '"Registry.Example.com" is not a registry host'],
    ['user@registry.example.com/shop', '"user@registry.example.com" is not a registry host'],
    ['registry.example.com:port/shop', 'is not a registry host'],
    ['registry..example.com/shop', 'is not a registry host'],
    ['registry.example.com/Acme/shop', 'a repository path is lower case'],
    ['registry.example.com/', 'a repository path is lower case'],
    ['registry.example.com/acme//shop', 'a repository path is lower case'],
    ['registry.example.com/acme/../shop', 'a repository path is lower case'],
    ['registry.example.com/acme/shop\n', 'a repository path is lower case'],
    ['https://registry.example.com/shop', '"https:" is not a registry host'],
    ['registry.example.com/acme/$(id)', 'a repository path is lower case'],
    [`registry.example.com/${'a'.repeat(256)}`, 'a repository path is lower case'],
    ['', 'a repository path is lower case'],
  ])('refuses %j', (text, why) => {
    const attempt = () => parseImageName(text)

    expect(attempt).toThrow(SlipwayError)
    expect(attempt).toThrow(why)
    expect(attempt).toThrow(expect.objectContaining({ code: 'IMAGE_REFERENCE_INVALID' }))
  })

  it.each(['docker.io/library/nginx', '127.0.0.1:5000/acme/shop'])(
    'reads back what was formatted: %s',
    (text) => {
      expect(formatImageName(parseImageName(text))).toBe(text)
    },
  )
})

describe('isTag', () => {
  it.each(['latest', 'v1.2.3', '1', '_', 'A-b_c.9', 'a'.repeat(128)])('takes %s', (text) => {
    expect(isTag(text)).toBe(true)
  })

  it.each(['', '.a', '-a', 'a b', 'a/b', 'a:b', 'a\n', 'ä', '../x', 'a'.repeat(129)])(
    'refuses %j',
    (text) => {
      expect(isTag(text)).toBe(false)
    },
  )
})

describe('isDigest and readDigest', () => {
  it.each([
    [`sha256:${hex}`, true, `sha256:${hex}`],
    [`sha256:${hex.toUpperCase()}`, false, `sha256:${hex}`],
    [`SHA256:${hex}`, false, `sha256:${hex}`],
    [`sha256:${hex}0`, false, null],
    [`sha256:${hex}\n`, false, null],
    [hex, false, null],
    [`sha512:${hex}`, false, null],
    ['', false, null],
  ])('judge %j', (text, strict, read) => {
    expect(isDigest(text)).toBe(strict)
    expect(readDigest(text)).toBe(read)
  })

  it('knows no digest where there is no text', () => {
    expect(readDigest(undefined)).toBeNull()
  })
})

describe('isRepository and isRegistryHost', () => {
  it('count the length of a repository', () => {
    expect(isRepository('a'.repeat(255))).toBe(true)
    expect(isRepository('a'.repeat(256))).toBe(false)
  })

  it.each(['localhost', 'a', 'a.b-c.d:1', '10.0.0.1:65535', '[fe80::1]', '[::1]:5000'])(
    'take the host %s',
    (host) => {
      expect(isRegistryHost(host)).toBe(true)
    },
  )

  it.each(['', 'A.b', 'a_b', '-a', 'a-', 'a.', '.a', 'a:', 'a:123456', 'a/b', 'a b', 'http://a', 'a\n'])(
    'refuse the host %j',
    (host) => {
      expect(isRegistryHost(host)).toBe(false)
    },
  )

  it('take no time worth measuring for a hostile name', () => {
    const begun = performance.now()

    isRepository(`${'a-'.repeat(100)}!`)
    isRegistryHost(`${'a-'.repeat(50_000)}!`)

    expect(performance.now() - begun).toBeLessThan(1_000)
  })
})
