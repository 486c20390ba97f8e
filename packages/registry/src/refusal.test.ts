import { describe, expect, it } from 'vitest'
import { failureOf } from '../test/errors.ts'
import { type FakeAnswer, type FakeRegistry, startFakeRegistry } from '../test/fake-registry.ts'
import { basicAuthorization } from './basic.ts'
import { createRegistryClient } from './client.ts'

const credentials = { username: 'deploy', password: 'hunter2-secret' }

describe('what a status means', () => {
  it.each([
    [403, 'REGISTRY_DENIED', false],
    [404, 'IMAGE_NOT_FOUND', false],
    [429, 'REGISTRY_RATE_LIMITED', true],
    [500, 'REGISTRY_UNAVAILABLE', true],
    [502, 'REGISTRY_UNAVAILABLE', true],
    [400, 'REGISTRY_PROTOCOL', false],
    [410, 'REGISTRY_PROTOCOL', false],
  ])('%i is %s', async (status, code, retryable) => {
    await using fake = await startFakeRegistry(() => ({ status }))

    const error = await failureOf(resolve(fake))

    expect(error).toMatchObject({ code, retryable, details: { status } })
    expect(error.message).toContain(`${fake.host}/acme/shop:latest`)
  })

  it.each([429, 503])('%i carries how long to wait', async (status) => {
    await using fake = await startFakeRegistry(() => ({ status, headers: { 'retry-after': '7' } }))

    expect((await failureOf(resolve(fake))).retryAfterMs).toBe(7_000)
  })

  it('401 after the token is a refusal of the credentials', async () => {
    await using fake = await startFakeRegistry(withToken(() => ({ status: 401 })))

    expect((await failureOf(resolve(fake))).code).toBe('REGISTRY_UNAUTHORIZED')
  })

  it.each([
    [
      'names the scope as what is missing',
      { 'www-authenticate': 'Bearer realm="r",error="insufficient_scope"' },
      '',
    ],
    ['says DENIED in its body', {}, '{"errors":[{"code":"DENIED","message":"no"}]}'],
  ])('401 is a missing right when the registry %s', async (_what, headers, body) => {
    await using fake = await startFakeRegistry(
      withToken((self) => ({
        status: 401,
        headers: { 'www-authenticate': `Bearer realm="${self.url}/token"`, ...headers },
        body,
      })),
    )

    expect((await failureOf(resolve(fake))).code).toBe('REGISTRY_DENIED')
  })

  it('401 without credentials asks for some, whatever the registry says is missing', async () => {
    await using fake = await startFakeRegistry(
      withToken(() => ({
        status: 401,
        headers: { 'www-authenticate': 'Bearer realm="r",error="insufficient_scope"' },
      })),
    )

    const error = await failureOf(resolve(fake, null))

    expect(error.code).toBe('REGISTRY_UNAUTHORIZED')
    expect(error.message).toContain('the project names none')
  })

  it('404 says from whom the image may be hidden', async () => {
    await using fake = await startFakeRegistry(() => ({ status: 404 }))

    const messages = [await failureOf(resolve(fake)), await failureOf(resolve(fake, null))].map(String)

    expect(messages[0]).toContain('these credentials')
    expect(messages[1]).toContain('callers without credentials')
  })
})

describe('a registry that cannot be reached', () => {
  it('is unavailable when nobody listens, with the cause', async () => {
    const gone = await startFakeRegistry(() => ({}))
    await gone[Symbol.asyncDispose]()

    const error = await failureOf(resolve(gone))

    expect(error).toMatchObject({ code: 'REGISTRY_UNAVAILABLE', retryable: true })
    expect(error.message).toContain('ECONNREFUSED')
    expect(error.cause).toBeInstanceOf(Error)
  })

  it('is unavailable when it breaks the connection', async () => {
    await using fake = await startFakeRegistry(() => ({ fault: 'cut' }))

    expect((await failureOf(resolve(fake))).code).toBe('REGISTRY_UNAVAILABLE')
  })

  it('is unavailable when it does not answer in time', async () => {
    await using fake = await startFakeRegistry(() => ({ fault: 'hang' }))

    const error = await failureOf(resolve(fake, credentials, { timeoutMs: 50 }))

    expect(error.code).toBe('REGISTRY_UNAVAILABLE')
    expect(error.message).toContain('50 ms')
  })

  it('is unavailable when it does not answer in time though the caller could still wait', async () => {
    await using fake = await startFakeRegistry(() => ({ fault: 'hang' }))
    const client = createRegistryClient({ timeoutMs: 50 })

    const asked = client.resolve({ ...requestTo(fake, null), signal: new AbortController().signal })

    expect((await failureOf(asked)).code).toBe('REGISTRY_UNAVAILABLE')
  })

  it('is unavailable when it ends a manifest early', async () => {
    await using fake = await startFakeRegistry(() => ({ headers: { 'content-length': '500' }, body: '{' }))
    const client = createRegistryClient({ timeoutMs: 200 })

    expect((await failureOf(client.manifest(requestTo(fake, null)))).code).toBe('REGISTRY_UNAVAILABLE')
  })
})

describe('an abort by the caller', () => {
  it('comes back as the reason that was given', async () => {
    const reason = new Error('the worker stops')
    const controller = new AbortController()
    await using fake = await startFakeRegistry(() => {
      controller.abort(reason)
      return { fault: 'hang' }
    })

    const asked = createRegistryClient().resolve({ ...requestTo(fake, null), signal: controller.signal })

    await expect(asked).rejects.toBe(reason)
  })

  it('that came before keeps the request from being sent', async () => {
    const reason = new Error('the worker stops')
    await using fake = await startFakeRegistry(() => ({}))

    const asked = createRegistryClient().resolve({
      ...requestTo(fake, null),
      signal: AbortSignal.abort(reason),
    })

    await expect(asked).rejects.toBe(reason)
    expect(fake.seen).toEqual([])
  })
})

describe('messages', () => {
  it('show what the registry says cleaned and cut', async () => {
    const said = `bad\u0000 \u001b[31mred\u001b[0m\r\n\u202e${'x'.repeat(5_000)}`
    await using fake = await startFakeRegistry(() => ({ status: 500, body: said }))

    const { message } = await failureOf(createRegistryClient().manifest(requestTo(fake, null)))

    expect(message).toContain('it says: bad [31mred [0m xxx')
    expect(message).not.toMatch(/[\p{Cc}\p{Cf}]/u)
    expect(message.length).toBeLessThan(400)
  })

  it('show the first error of the protocol instead of its JSON', async () => {
    const body = '{"errors":[{"code":"TOOMANYREQUESTS","message":"slow down"}]}'
    await using fake = await startFakeRegistry(() => ({ status: 429, body }))

    const { message } = await failureOf(createRegistryClient().manifest(requestTo(fake, null)))

    expect(message).toContain('it says: TOOMANYREQUESTS slow down.')
  })

  it('show no secret that the registry echoes, wherever the cut falls', async () => {
    const basic = basicAuthorization(credentials)
    const secrets = [credentials.password, basic.slice('Basic '.length), 'token-that-is-secret']
    for (const secret of secrets)
      for (const before of [0, 185, 195]) {
        await using fake = await startFakeRegistry(
          withToken(() => ({ status: 500, body: `${'x'.repeat(before)} ${secret}` })),
        )

        const error = await failureOf(createRegistryClient().manifest(requestTo(fake, credentials)))

        expect(error.message).toContain('it says')
        expect(JSON.stringify([error.message, error.details])).not.toContain(secret.slice(0, 8))
      }
  })
})

it('no message shows a token from an earlier call', async () => {
  const answers: FakeAnswer[] = [{ status: 404 }, { status: 500, body: 'you sent token-that-is-secret' }]
  await using fake = await startFakeRegistry(withToken(() => answers.shift() ?? {}))
  const client = createRegistryClient()
  await failureOf(client.manifest(requestTo(fake, credentials)))

  const { message } = await failureOf(client.manifest(requestTo(fake, credentials)))

  expect(message).toContain('you sent [redacted]')
})

it.each([
  ['a realm', 401, { 'www-authenticate': `Bearer realm="https://${credentials.password}.evil.example/"` }],
  ['a redirect', 302, { location: `http://${credentials.password}@evil.example/` }],
  ['a redirect to a host', 302, { location: `ftp://${credentials.password}.evil.example/` }],
  ['a digest', 200, { 'docker-content-digest': credentials.password }],
  ['a type', 200, { 'content-type': `x/${credentials.password}` }],
])('no message shows a secret that comes back in %s', async (_what, status, headers) => {
  await using fake = await startFakeRegistry(() => ({ status, headers }))

  const error = await failureOf(resolve(fake))

  expect(error.code).toBe('REGISTRY_PROTOCOL')
  expect(JSON.stringify([error.message, error.details])).not.toContain(credentials.password)
})

function withToken(answer: (self: FakeRegistry) => FakeAnswer) {
  return ({ path, authorization }: { path: string; authorization: string | null }, self: FakeRegistry) => {
    if (path.startsWith('/token')) return { body: '{"token":"token-that-is-secret"}' }
    if (authorization) return answer(self)
    return { status: 401, headers: { 'www-authenticate': `Bearer realm="${self.url}/token"` } }
  }
}

function requestTo(fake: FakeRegistry, user: typeof credentials | null) {
  return { image: { registry: fake.host, repository: 'acme/shop' }, reference: 'latest', credentials: user }
}

function resolve(fake: FakeRegistry, user: typeof credentials | null = credentials, options = {}) {
  return createRegistryClient(options).resolve(requestTo(fake, user))
}
