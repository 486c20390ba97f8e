import { describe, expect, it } from 'vitest'
import { parseAcrHost, registryIdentity } from './registry-host.ts'

describe('registryIdentity', () => {
  it.each([
    ['registry.cn-hangzhou.aliyuncs.com', 'registry.cn-hangzhou.aliyuncs.com'],
    ['registry-vpc.cn-hangzhou.aliyuncs.com', 'registry.cn-hangzhou.aliyuncs.com'],
    ['registry-internal.cn-hangzhou.aliyuncs.com', 'registry.cn-hangzhou.aliyuncs.com'],
    ['crpi-ab12.cn-beijing.personal.cr.aliyuncs.com', 'crpi-ab12.cn-beijing.personal.cr.aliyuncs.com'],
    ['crpi-ab12-vpc.cn-beijing.personal.cr.aliyuncs.com', 'crpi-ab12.cn-beijing.personal.cr.aliyuncs.com'],
    ['acme-registry.cn-shanghai.cr.aliyuncs.com', 'acme-registry.cn-shanghai.cr.aliyuncs.com'],
    ['acme-registry-vpc.cn-shanghai.cr.aliyuncs.com', 'acme-registry.cn-shanghai.cr.aliyuncs.com'],
    ['index.docker.io', 'docker.io'],
    ['registry-1.docker.io', 'docker.io'],
    ['docker.io', 'docker.io'],
    ['registry.example.com:5000', 'registry.example.com:5000'],
    ['registry-vpc.example.com', 'registry-vpc.example.com'],
  ])('knows %s as %s', (host, identity) => {
    expect(registryIdentity(host)).toBe(identity)
  })

  it('keeps regions, instances and hosts that only look alike apart', () => {
    const hosts = [
      'registry.cn-hangzhou.aliyuncs.com',
      'registry.cn-beijing.aliyuncs.com',
      'acme-registry.cn-hangzhou.cr.aliyuncs.com',
      'other-registry.cn-hangzhou.cr.aliyuncs.com',
      'registry-vpc.cn-hangzhou.aliyuncs.com.example.com',
      'xregistry-vpc.cn-hangzhou.aliyuncs.com',
    ]

    expect(new Set(hosts.map(registryIdentity)).size).toBe(hosts.length)
  })
})

describe('parseAcrHost', () => {
  it('reads the region', () => {
    expect(parseAcrHost('acme-registry-vpc.cn-shanghai.cr.aliyuncs.com')).toEqual({
      region: 'cn-shanghai',
      publicHost: 'acme-registry.cn-shanghai.cr.aliyuncs.com',
    })
  })

  it.each(['docker.io', 'cr.example.com', 'registry.cn-hangzhou.aliyuncs.com:443', 'aliyuncs.com'])(
    'is not one of ACR: %s',
    (host) => {
      expect(parseAcrHost(host)).toBeNull()
    },
  )
})
