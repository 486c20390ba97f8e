import { describe, expect, it } from 'vitest'
import { endpointOf } from './endpoint.ts'
import { isTrustedRealm } from './realm.ts'
import type { RegistryHostRules } from './registry-client.ts'

type Case = readonly [registry: string, realm: string, rules?: RegistryHostRules]

const trusted: readonly Case[] = [
  ['registry.example.com', 'https://registry.example.com/token'],
  ['registry.example.com:5000', 'https://registry.example.com:5001/token'],
  ['registry.example.com', 'https://auth.example.com/token'],
  ['registry.example.com', 'https://a.b.example.com/token'],
  ['registry.gitlab.com', 'https://gitlab.com/jwt/auth'],
  ['registry.shop.example.com.cn', 'https://auth.shop.example.com.cn/'],
  ['docker.io', 'https://auth.docker.io/token'],
  ['ghcr.io', 'https://ghcr.io/token'],
  ['acme.azurecr.io', 'https://acme.azurecr.io/oauth2/token'],
  ['registry.cn-hangzhou.aliyuncs.com', 'https://dockerauth.cn-hangzhou.aliyuncs.com/auth'],
  ['registry-vpc.cn-hangzhou.aliyuncs.com', 'https://dockerauth-vpc.cn-hangzhou.aliyuncs.com/auth'],
  ['acme-registry.cn-hangzhou.cr.aliyuncs.com', 'https://dockerauth-ee.cn-hangzhou.aliyuncs.com/auth'],
  ['acme-registry.cn-zhangjiakou.cr.aliyuncs.com', 'https://dockerauth-cn-zhangjiakou.aliyuncs.com/auth'],
  ['crpi-a1.cn-hangzhou.personal.cr.aliyuncs.com', 'https://dockerauth.cn-hangzhou.aliyuncs.com/auth'],
  ['127.0.0.1:5000', 'http://127.0.0.1:5001/token'],
  ['[::1]:5000', 'http://[::1]:5001/token'],
  ['localhost:5000', 'https://localhost:5001/token'],
  ['registry.internal:5000', 'http://registry.internal:5001/token', { insecure: true }],
  ['registry.example.com', 'https://sso.example.net/token', { tokenServices: ['sso.example.net'] }],
  ['registry.example.com', 'https://sso.example.net/token', { tokenServices: ['sso.example.net:443'] }],
  ['registry.example.com', 'https://sso.example.net:8443/token', { tokenServices: ['sso.example.net:8443'] }],
  ['10.0.0.5:5000', 'https://10.0.0.6/token', { tokenServices: ['10.0.0.6'] }],
]

const refused: readonly Case[] = [
  // Plain HTTP for a registry that is spoken to in TLS, and what is no web address.
  ['registry.example.com', 'http://registry.example.com/token'],
  ['registry.example.com', 'http://sso.example.net/token', { tokenServices: ['sso.example.net'] }],
  ['registry.example.com', 'ftp://registry.example.com/token'],
  ['registry.example.com', 'file:///etc/passwd'],
  ['127.0.0.1:5000', 'data://127.0.0.1/x'],
  // Another name that looks like it.
  ['registry.example.com', 'https://evil.example.net/token'],
  ['registry.example.com', 'https://registry.example.com.evil.net/token'],
  ['registry.example.com', 'https://evilexample.com/token'],
  ['registry.example.com', 'https://registry.example.com@evil.net/token'],
  ['registry.example.com', 'https://evil.net/registry.example.com'],
  ['registry.example.com', 'https://evil.net#.example.com'],
  ['registry.example.com', 'https://evil.net\\.example.com/'],
  ['registry.example.com', 'https://user:word@registry.example.com/token'],
  // A parent that is in many hands.
  ['example.com', 'https://evil.com/token'],
  ['example.com', 'https://com/token'],
  ['example.com.cn', 'https://evil.com.cn/token'],
  ['example.co.uk', 'https://evil.co.uk/token'],
  ['example.gouv.fr', 'https://evil.gouv.fr/token'],
  ['ghcr.io', 'https://evil.io/token'],
  ['acme.azurecr.io', 'https://evil.azurecr.io/oauth2/token'],
  ['acme.jfrog.io', 'https://evil.jfrog.io/token'],
  ['docker.io', 'https://auth.docker.com/token'],
  ['docker.io', 'https://evildocker.io/token'],
  // Below a cloud's domain, but a customer's bucket, function or a name of its own.
  ['registry.aliyuncs.com', 'https://evil.aliyuncs.com/auth'],
  ['registry.cn-hangzhou.aliyuncs.com', 'https://1234.cn-hangzhou.fc.aliyuncs.com/auth'],
  ['registry.cn-hangzhou.aliyuncs.com', 'https://dockerauth.oss-cn-hangzhou.aliyuncs.com/auth'],
  ['registry.cn-hangzhou.aliyuncs.com', 'https://dockerauth.cn-hangzhou.aliyuncs.com.evil.net/auth'],
  ['registry.cn-hangzhou.aliyuncs.com', 'https://evildockerauth.cn-hangzhou.aliyuncs.com/auth'],
  ['registry.example.com', 'https://dockerauth.cn-hangzhou.aliyuncs.com/auth'],
  ['acraliyuncs.com', 'https://dockerauth.cn-hangzhou.aliyuncs.com/auth'],
  // Addresses have no parents.
  ['10.0.0.5:5000', 'https://10.0.0.6/token'],
  ['10.0.0.5:5000', 'https://9.0.0.5/token'],
  ['127.0.0.1:5000', 'http://127.0.0.2:5000/token'],
  ['127.0.0.1:5000', 'http://localhost:5000/token'],
  ['127.0.0.1:5000', 'http://169.254.169.254/token'],
  ['localhost:5000', 'http://evil.localhost/token'],
  // A listed host is that host and that port.
  ['registry.example.com', 'https://sso.example.net:8443/token', { tokenServices: ['sso.example.net'] }],
  ['registry.example.com', 'https://evil.sso.example.net/token', { tokenServices: ['sso.example.net'] }],
]

describe('isTrustedRealm', () => {
  it.each(named(trusted))('lets $registry send credentials to $realm', ({ registry, realm, rules }) => {
    expect(trusts(registry, realm, rules)).toBe(true)
  })

  it.each(named(refused))('keeps credentials of $registry from $realm', ({ registry, realm, rules }) => {
    expect(trusts(registry, realm, rules)).toBe(false)
  })
})

function named(cases: readonly Case[]) {
  return cases.map(([registry, realm, rules]) => ({ registry, realm, rules }))
}

// An address that cannot be read is refused before it is judged.
function trusts(registry: string, realm: string, rules: RegistryHostRules | undefined): boolean {
  const endpoint = endpointOf({ registry, repository: 'acme/shop' }, rules)
  return URL.canParse(realm) && isTrustedRealm(endpoint, new URL(realm))
}
