import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openPublicApp, type PublicRig } from '../test/public-rig.ts'

const secret = 'canary-secret-a1b2c3d4'
const asked = { 'webhook-request-origin': 'eventgrid.azure.net', authorization: `Bearer ${secret}` }
const types = ['com.example.image.pushed']
const hooks = {
  events: { source: 'cloudevents', secret: { env: 'A' }, types },
  inurl: { source: 'cloudevents', secret: { env: 'A' }, types, auth: { type: 'url-secret' } },
  near: { source: 'cloudevents', secret: { env: 'A' }, types, allow: ['10.0.0.0/8'] },
  signed: {
    source: 'cloudevents',
    secret: { env: 'A' },
    types,
    auth: { type: 'hmac-sha256-hex', header: 'x-signature' },
  },
  main: { source: 'acr', secret: { env: 'A' } },
}

let rig: PublicRig

beforeEach(() => {
  rig = openPublicApp({ hooks }, new Map(Object.keys(hooks).map((name) => [name, [secret]])), {
    perHook: 120,
  })
})
afterEach(() => rig.app.close())

function ask(url: string, headers: Record<string, string> = asked) {
  return rig.app.inject({ method: 'OPTIONS', url, headers })
}

describe('a sender that asks first', () => {
  it.each(['/webhooks/events', `/webhooks/inurl?token=${secret}`, `/webhooks/inurl/${secret}`])(
    'may send, and is told how often: %#',
    async (url) => {
      const answer = await ask(url)

      expect([answer.statusCode, answer.body]).toEqual([200, ''])
      expect(answer.headers).toMatchObject({
        allow: 'POST',
        'webhook-allowed-origin': 'eventgrid.azure.net',
        'webhook-allowed-rate': '120',
      })
    },
  )

  it('may send as often as it likes where there is no limit', async () => {
    await rig.app.close()
    rig = openPublicApp({ hooks }, new Map([['events', [secret]]]))

    expect((await ask('/webhooks/events')).headers['webhook-allowed-rate']).toBe('*')
  })

  it.each([
    ['at a hook of another source', `/webhooks/main?token=${secret}`, asked],
    ['at no hook', '/webhooks/none', asked],
    ['with a wrong secret', '/webhooks/events', { ...asked, authorization: 'Bearer guess' }],
    ['without its secret', '/webhooks/events', { 'webhook-request-origin': 'eventgrid.azure.net' }],
    ['without its secret in the URL', '/webhooks/inurl', asked],
    ['at a hook whose calls are signed', '/webhooks/signed', asked],
    ['at a hook that does not hear it', '/webhooks/near', asked],
    ['without saying who it is', '/webhooks/events', { authorization: asked.authorization }],
    ['as a header of its own', '/webhooks/events', { ...asked, 'webhook-request-origin': 'a\u00e9.b' }],
    ['as everybody', '/webhooks/events', { ...asked, 'webhook-request-origin': '*' }],
    ['as two', '/webhooks/events', { ...asked, 'webhook-request-origin': 'a.example, b.example' }],
  ])('gets the one answer %s', async (_what, url, headers) => {
    const answer = await ask(url, headers)

    expect([answer.statusCode, answer.body]).toEqual([
      404,
      '{"error":{"code":"NOT_FOUND","message":"Not found."}}',
    ])
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('webhook-'))).toEqual([])
  })
})
