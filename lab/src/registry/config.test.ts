import { describe, expect, it } from 'vitest'
import { registryConfig } from './config.ts'

describe('registry config', () => {
  it('asks nobody and tells nobody unless that is wanted', () => {
    const config = registryConfig('127.0.0.1:5000', 'secret', {})

    expect(config).not.toHaveProperty('auth')
    expect(config).not.toHaveProperty('notifications')
    expect(config).toMatchObject({ http: { addr: '127.0.0.1:5000' }, storage: { delete: { enabled: true } } })
  })

  it('gives each header of an endpoint as a list, which is what the registry reads', () => {
    const config = registryConfig('127.0.0.1:5000', 'secret', {
      notifications: [{ url: 'http://127.0.0.1:1/webhooks/x', headers: { Authorization: 'Bearer y' } }],
    })

    expect(config).toMatchObject({
      notifications: { endpoints: [{ name: 'endpoint-1', headers: { Authorization: ['Bearer y'] } }] },
    })
  })

  it('takes a list of users or a token service', () => {
    const token = { realm: 'http://t/token', service: 's', issuer: 'i', rootcertbundle: '/c.pem' }

    expect(registryConfig('h', 's', { usersFile: '/users' })).toMatchObject({
      auth: { htpasswd: { path: '/users' } },
    })
    expect(registryConfig('h', 's', { token })).toMatchObject({ auth: { token } })
  })
})
