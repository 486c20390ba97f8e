import type { RegistryCredentials } from '@slipway/core'
import { describe, expect, it } from 'vitest'
import { manifestDigest, manifestText, manifestType } from '../test/documents.ts'
import { failureOf } from '../test/errors.ts'
import {
  type FakeAnswer,
  type FakeRegistry,
  type SeenRequest,
  startFakeRegistry,
} from '../test/fake-registry.ts'
import { basicAuthorization } from './basic.ts'
import { createRegistryClient } from './client.ts'

const acme = { username: 'deploy@acme', password: 'hunter2-ünïcode' }
const other = { username: 'deploy@other', password: 'another-secret' }
const good: FakeAnswer = {
  headers: { 'content-type': manifestType, 'docker-content-digest': manifestDigest },
  body: manifestText,
}

describe('a registry that asks for a token', () => {
  it('gets one that was asked for with the credentials, the service and the right to pull', async () => {
    await using fake = await startFakeRegistry(tokenRegistry())

    const descriptor = await resolve(fake, acme)

    expect(descriptor.digest).toBe(manifestDigest)
    expect(trail(fake)).toEqual([
      ['HEAD', '/v2/acme/shop/manifests/latest', null],
      ['GET', '/token?service=fake&scope=repository%3Aacme%2Fshop%3Apull', basicAuthorization(acme)],
      ['HEAD', '/v2/acme/shop/manifests/latest', `Bearer token-of-${acme.username}`],
    ])
  })

  it('gets an anonymous one when the project names no credentials', async () => {
    await using fake = await startFakeRegistry(tokenRegistry())

    await resolve(fake, null)

    expect(fake.seen.map(({ authorization }) => authorization)).toEqual([
      null,
      null,
      'Bearer token-of-nobody',
    ])
  })

  it('sees the same token again until shortly before it expires', async () => {
    await using fake = await startFakeRegistry(tokenRegistry({ expires_in: 300 }))
    let now = 0
    const client = createRegistryClient({ clock: { now: () => now } })

    for (const at of [0, 290_000, 296_000]) {
      now = at
      await client.resolve(requestTo(fake, acme))
    }

    expect(fake.seen.map(({ path }) => path.startsWith('/token'))).toEqual([
      false,
      true,
      false,
      false,
      false,
      true,
      false,
    ])
  })

  it('is asked for a new token when it no longer takes the old one', async () => {
    let valid = 0
    await using fake = await startFakeRegistry((request, self) => {
      if (request.path.startsWith('/token'))
        return { body: JSON.stringify({ token: `t${++valid}`, expires_in: 300 }) }
      return request.authorization === `Bearer t${valid}` ? good : bearer(self)
    })
    const client = createRegistryClient()
    await client.resolve(requestTo(fake, acme))

    valid++
    const descriptor = await client.resolve(requestTo(fake, acme))

    expect(descriptor.digest).toBe(manifestDigest)
  })

  it('may call the token access_token', async () => {
    await using fake = await startFakeRegistry((request, self) => {
      if (request.path.startsWith('/token')) return { body: JSON.stringify({ access_token: 'A' }) }
      return request.authorization === 'Bearer A' ? good : bearer(self)
    })

    expect((await resolve(fake, acme)).digest).toBe(manifestDigest)
  })

  it('is answered with a token even where Basic is offered first', async () => {
    await using fake = await startFakeRegistry((request, self) => {
      if (request.path.startsWith('/token')) return { body: JSON.stringify({ token: 'A' }) }
      if (request.authorization === 'Bearer A') return good
      const challenges = ['Basic realm="b"', `Bearer realm="${self.url}/token"`]
      return { status: 401, headers: { 'www-authenticate': challenges } }
    })

    expect((await resolve(fake, acme)).digest).toBe(manifestDigest)
  })

  it.each<[string, FakeAnswer]>([
    ['no JSON', { body: 'hello' }],
    ['no token', { body: '{}' }],
    ['an empty token', { body: '{"token":""}' }],
    ['a token that is no text', { body: '{"token":{"a":1}}' }],
    ['a token that would break out of its header', { body: '{"token":"a\\r\\nx-evil: 1"}' }],
    ['404', { status: 404 }],
  ])('fails by protocol when its token service answers with %s', async (_what, answer) => {
    await using fake = await startFakeRegistry((request, self) =>
      request.path.startsWith('/token') ? answer : bearer(self),
    )

    const error = await failureOf(resolve(fake, acme))

    expect(error.code).toBe('REGISTRY_PROTOCOL')
    expect(JSON.stringify([error.message, String(error.cause)])).not.toContain('x-evil')
  })

  it.each([
    [401, 'REGISTRY_UNAUTHORIZED'],
    [403, 'REGISTRY_DENIED'],
    [429, 'REGISTRY_RATE_LIMITED'],
    [503, 'REGISTRY_UNAVAILABLE'],
  ])('passes on what the token service means by %i', async (status, code) => {
    await using fake = await startFakeRegistry((request, self) =>
      request.path.startsWith('/token') ? { status } : bearer(self),
    )

    expect((await failureOf(resolve(fake, acme))).code).toBe(code)
  })

  it('does not lead us to a token service that is not its own', async () => {
    await using foreign = await startFakeRegistry(() => ({ body: '{"token":"A"}' }))
    const realm = `http://localhost:${foreign.port}/token`
    await using fake = await startFakeRegistry(() => challenge(`Bearer realm="${realm}"`))

    const error = await failureOf(resolve(fake, acme))

    expect(error.code).toBe('REGISTRY_PROTOCOL')
    expect(error.message).toContain(`localhost:${foreign.port}`)
    expect(foreign.seen).toEqual([])
  })

  it('may use a token service elsewhere once the operator lists it', async () => {
    await using foreign = await startFakeRegistry(() => ({ body: '{"token":"A"}' }))
    const service = `localhost:${foreign.port}`
    await using fake = await startFakeRegistry(({ authorization }) =>
      authorization === 'Bearer A' ? good : challenge(`Bearer realm="http://${service}/token"`),
    )
    const client = createRegistryClient({ hosts: { [fake.host]: { tokenServices: [service] } } })

    await client.resolve(requestTo(fake, acme))

    expect(foreign.seen.map(({ authorization }) => authorization)).toEqual([basicAuthorization(acme)])
  })
})

describe('a registry that asks for Basic', () => {
  it('is sent the credentials in UTF-8, and only after it asked', async () => {
    await using fake = await startFakeRegistry(({ authorization }) =>
      authorization === basicAuthorization(acme) ? good : challenge('Basic realm="b"'),
    )

    await resolve(fake, acme)

    expect(fake.seen.map(({ authorization }) => authorization)).toEqual([null, basicAuthorization(acme)])
  })

  it('sees a wrong password once', async () => {
    await using fake = await startFakeRegistry(() => challenge('Basic realm="b"'))

    const error = await failureOf(resolve(fake, acme))

    expect(error).toMatchObject({ code: 'REGISTRY_UNAUTHORIZED', retryable: false })
    expect(fake.seen.filter(({ authorization }) => authorization !== null)).toHaveLength(1)
  })

  it('is told apart from one that refuses: the project names no credentials', async () => {
    await using fake = await startFakeRegistry(() => challenge('Basic realm="b"'))

    const error = await failureOf(resolve(fake, null))

    expect(error.code).toBe('REGISTRY_UNAUTHORIZED')
    expect(error.message).toContain('the project names none')
  })
})

describe('a 401 without a way in', () => {
  it.each(['', 'Negotiate', 'Digest realm="d"', 'Bearer service="no-realm"', 'Bearer realm="no address"'])(
    'fails by protocol for the challenge %j',
    async (header) => {
      await using fake = await startFakeRegistry(() => challenge(header))

      expect((await failureOf(resolve(fake, acme))).code).toBe('REGISTRY_PROTOCOL')
    },
  )
})

describe('credentials', () => {
  it('of one project never reach another registry nor serve another project', async () => {
    await using first = await startFakeRegistry(tokenRegistry({ expires_in: 300 }))
    await using second = await startFakeRegistry(tokenRegistry({ expires_in: 300 }))
    const client = createRegistryClient()

    await client.resolve(requestTo(first, acme))
    await client.resolve(requestTo(second, other))
    await client.resolve(requestTo(first, null))
    await client.resolve(requestTo(first, other))
    await client.resolve(requestTo(second, null))

    expect(authorizations(first)).toEqual([...expected(acme), ...expected(null), ...expected(other)])
    expect(authorizations(second)).toEqual([...expected(other), ...expected(null)])
  })

  it('of one name but another password do not get the token of the first', async () => {
    await using fake = await startFakeRegistry(tokenRegistry({ expires_in: 300 }))
    const client = createRegistryClient()

    await client.resolve(requestTo(fake, acme))
    await client.resolve(requestTo(fake, { ...acme, password: 'stale' }))

    const asked = fake.seen.filter(({ path }) => path.startsWith('/token'))
    expect(asked.map(({ authorization }) => authorization)).toEqual([
      basicAuthorization(acme),
      basicAuthorization({ ...acme, password: 'stale' }),
    ])
  })

  it('get a token for each repository', async () => {
    await using fake = await startFakeRegistry(tokenRegistry({ expires_in: 300 }))
    const client = createRegistryClient()

    await client.resolve(requestTo(fake, acme))
    await client.resolve({
      ...requestTo(fake, acme),
      image: { registry: fake.host, repository: 'acme/blog' },
    })

    const scopes = fake.seen
      .filter(({ path }) => path.startsWith('/token'))
      .map(({ path }) => new URL(path, fake.url).searchParams.get('scope'))
    expect(scopes).toEqual(['repository:acme/shop:pull', 'repository:acme/blog:pull'])
  })

  it('are not forwarded by a redirect to another origin, and a token is not either', async () => {
    await using elsewhere = await startFakeRegistry(() => good)
    const location = `${elsewhere.url}/blob`
    await using fake = await startFakeRegistry((request, self) => {
      if (request.path.startsWith('/token')) return { body: '{"token":"A"}' }
      return request.authorization ? { status: 307, headers: { location } } : bearer(self)
    })

    const descriptor = await resolve(fake, acme)

    expect(descriptor.digest).toBe(manifestDigest)
    expect(elsewhere.seen.map(({ authorization }) => authorization)).toEqual([null])
  })

  it('are not forwarded by a redirect of the token service', async () => {
    await using elsewhere = await startFakeRegistry(() => ({ body: '{"token":"A"}' }))
    await using fake = await startFakeRegistry((request, self) => {
      if (request.path.startsWith('/token'))
        return { status: 302, headers: { location: `${elsewhere.url}/t` } }
      return request.authorization ? good : bearer(self)
    })

    await resolve(fake, acme)

    expect(elsewhere.seen.map(({ authorization }) => authorization)).toEqual([null])
  })

  it('are not given to whoever a redirect leads to, even if asked for', async () => {
    await using elsewhere = await startFakeRegistry(() => challenge('Basic realm="b"'))
    await using fake = await startFakeRegistry(() => ({ status: 307, headers: { location: elsewhere.url } }))

    const error = await failureOf(resolve(fake, acme))

    expect(error.code).toBe('REGISTRY_PROTOCOL')
    expect([...fake.seen, ...elsewhere.seen].map(({ authorization }) => authorization)).toEqual([null, null])
  })

  it('stay with the request on a redirect within the same origin', async () => {
    await using fake = await startFakeRegistry((request, self) => {
      if (request.path.startsWith('/token')) return { body: '{"token":"A"}' }
      if (!request.authorization) return bearer(self)
      return request.path === '/moved' ? good : { status: 308, headers: { location: '/moved' } }
    })

    await resolve(fake, acme)

    expect(fake.seen.at(-1)).toMatchObject({ path: '/moved', authorization: 'Bearer A' })
  })
})

describe('redirects', () => {
  it('are followed three times and no more', async () => {
    await using fake = await startFakeRegistry(({ path }) => {
      const hop = Number(/\/hop(\d)/.exec(path)?.[1] ?? 0)
      return { status: 302, headers: { location: `/hop${hop + 1}` } }
    })

    const error = await failureOf(resolve(fake, null))

    expect(error.code).toBe('REGISTRY_PROTOCOL')
    expect(fake.seen.map(({ path }) => path).slice(1)).toEqual(['/hop1', '/hop2', '/hop3'])
  })
})

describe('a token from the configuration', () => {
  const token = { token: 'token-of-the-operator' }

  it('is sent to the registry itself, once it asks, and not to the token service that it names', async () => {
    await using fake = await startFakeRegistry((request, self) =>
      request.authorization === 'Bearer token-of-the-operator' ? good : bearer(self),
    )

    const descriptor = await resolve(fake, token)

    expect(descriptor.digest).toBe(manifestDigest)
    expect(trail(fake)).toEqual([
      ['HEAD', '/v2/acme/shop/manifests/latest', null],
      ['HEAD', '/v2/acme/shop/manifests/latest', 'Bearer token-of-the-operator'],
    ])
  })

  it('that is refused is unauthorized, and is not shown by what the registry says of it', async () => {
    await using fake = await startFakeRegistry(({ authorization }, self) => ({
      ...bearer(self),
      body: JSON.stringify({ errors: [{ code: 'UNAUTHORIZED', message: `bad ${authorization}` }] }),
    }))

    const error = await failureOf(resolve(fake, token))

    expect(error.code).toBe('REGISTRY_UNAUTHORIZED')
    expect(error.message).toContain('bad Bearer [redacted]')
    expect(fake.seen.filter(({ path }) => path.startsWith('/token'))).toEqual([])
  })

  it('is not forwarded by a redirect to another origin, nor given to whoever asks for it there', async () => {
    await using elsewhere = await startFakeRegistry((_request, self) => bearer(self))
    await using fake = await startFakeRegistry((request, self) =>
      request.authorization ? { status: 307, headers: { location: `${elsewhere.url}/x` } } : bearer(self),
    )

    const error = await failureOf(resolve(fake, token))

    expect(error.code).toBe('REGISTRY_UNAUTHORIZED')
    expect([...new Set(authorizations(elsewhere))]).toEqual([null])
  })

  it('serves no other call, and no token of others serves it', async () => {
    await using fake = await startFakeRegistry((request, self) => {
      if (request.path.startsWith('/token')) return { body: '{"token":"of-acme","expires_in":300}' }
      return request.authorization ? good : bearer(self)
    })
    const client = createRegistryClient()

    for (const credentials of [acme, token, null]) await client.resolve(requestTo(fake, credentials))

    const sent = authorizations(fake).filter((authorization) => authorization?.startsWith('Bearer'))
    expect(sent).toEqual(['Bearer of-acme', 'Bearer token-of-the-operator', 'Bearer of-acme'])
    const asked = fake.seen.filter(({ path }) => path.startsWith('/token'))
    expect(asked.map(({ authorization }) => authorization)).toEqual([basicAuthorization(acme), null])
  })

  it('that no header can carry is not sent, nor shown', async () => {
    await using fake = await startFakeRegistry((_request, self) => bearer(self))

    const error = await failureOf(resolve(fake, { token: 'a-token\r\nx-evil: 1' }))

    expect(error.code).toBe('REGISTRY_UNAUTHORIZED')
    expect(error.message).not.toContain('evil')
    expect(authorizations(fake)).toEqual([null])
  })
})

function tokenRegistry(extra: Record<string, unknown> = {}) {
  return (request: SeenRequest, self: FakeRegistry): FakeAnswer => {
    if (request.path.startsWith('/token')) {
      const [user] = readBasic(request.authorization).split(':')
      return { body: JSON.stringify({ token: `token-of-${user}`, ...extra }) }
    }
    return request.authorization?.startsWith('Bearer token-of-') ? good : bearer(self)
  }
}

function readBasic(authorization: string | null): string {
  if (!authorization) return 'nobody'
  return Buffer.from(authorization.replace('Basic ', ''), 'base64').toString('utf8')
}

function bearer(self: FakeRegistry): FakeAnswer {
  return challenge(`Bearer realm="${self.url}/token",service="fake",scope="repository:*:pull,push,delete"`)
}

function challenge(header: string): FakeAnswer {
  return { status: 401, headers: { 'www-authenticate': header } }
}

function expected(credentials: typeof acme | null): (string | null)[] {
  return [
    null,
    credentials ? basicAuthorization(credentials) : null,
    `Bearer token-of-${credentials?.username ?? 'nobody'}`,
  ]
}

function authorizations(fake: FakeRegistry): (string | null)[] {
  return fake.seen.map(({ authorization }) => authorization)
}

function trail(fake: FakeRegistry) {
  return fake.seen.map(({ method, path, authorization }) => [method, path, authorization])
}

function requestTo(fake: FakeRegistry, credentials: RegistryCredentials | null) {
  return { image: { registry: fake.host, repository: 'acme/shop' }, reference: 'latest', credentials }
}

function resolve(fake: FakeRegistry, credentials: RegistryCredentials | null) {
  return createRegistryClient().resolve(requestTo(fake, credentials))
}
