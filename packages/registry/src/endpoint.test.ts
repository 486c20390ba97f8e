import { describe, expect, it } from 'vitest'
import { endpointOf } from './endpoint.ts'

describe('endpointOf', () => {
  it.each([
    ['registry.example.com', 'https://registry.example.com/'],
    ['registry.example.com:5000', 'https://registry.example.com:5000/'],
    ['docker.io', 'https://registry-1.docker.io/'],
    ['10.0.0.5:5000', 'https://10.0.0.5:5000/'],
    ['127.0.0.1:5000', 'http://127.0.0.1:5000/'],
    ['127.9.9.9', 'http://127.9.9.9/'],
    ['[::1]:5000', 'http://[::1]:5000/'],
    ['localhost:5000', 'http://localhost:5000/'],
    ['127.0.0.1.evil.example', 'https://127.0.0.1.evil.example/'],
    ['localhost.example.com', 'https://localhost.example.com/'],
  ])('contacts %s at %s', (registry, url) => {
    expect(endpointOf({ registry, repository: 'acme/shop' }).url.href).toBe(url)
  })

  it('speaks plain HTTP to a host that is said to be insecure', () => {
    const { url } = endpointOf({ registry: 'registry.lan:5000', repository: 'acme/shop' }, { insecure: true })

    expect(url.href).toBe('http://registry.lan:5000/')
  })

  it.each([
    ['evil.example/x', 'acme/shop'],
    ['user@evil.example', 'acme/shop'],
    ['registry.example.com:99999', 'acme/shop'],
    ['registry.example.com', '../../v2'],
    ['registry.example.com', 'acme/shop?x=1'],
    ['registry.example.com', ''],
  ])('refuses the image %s / %s', (registry, repository) => {
    expect(() => endpointOf({ registry, repository })).toThrow(
      expect.objectContaining({ code: 'IMAGE_REFERENCE_INVALID' }),
    )
  })
})
