import Docker from 'dockerode'
import { describe, expect, it, vi } from 'vitest'
import { calm, failureOf } from '../../test/failure.ts'
import { fails, hangs, says, startFakeDaemon } from '../../test/fake-daemon.ts'
import { digestOf, projectOf } from '../../test/project.ts'
import type { PullRequest } from '../ports/container-engine.ts'
import { createDockerEngine } from './docker-engine.ts'

const { image } = projectOf()
const digest = digestOf('a')
const name = 'registry.example.com/acme/shop'
const status = { status: `Digest: ${digest}` }

function request(more: Partial<PullRequest> = {}): PullRequest {
  return {
    image,
    digest,
    credentials: null,
    inactivity: 10_000,
    signal: calm,
    onProgress: () => {},
    ...more,
  }
}

describe('an engine that is away', () => {
  it('may be tried again, whatever was asked of it', async () => {
    const engine = createDockerEngine(new Docker({ socketPath: '/nowhere/docker.sock' }), 'local')
    const purpose = { project: 'shop', role: 'source', release: 'r', deployment: 'd' } as const

    const errors = await Promise.all(
      [
        engine.hasImage(image, digest, calm),
        engine.pull(request()),
        engine.openSource({ image, digest, path: '/app', purpose }, calm),
        engine.findContainer('x', calm),
        engine.waitForExit('x', calm),
        engine.followOutput('x', () => {}, calm),
        engine.stopContainer('x', 0, calm),
        engine.removeContainer('x', calm),
        engine.sweepSources('shop', calm),
      ].map(failureOf),
    )

    expect(errors.map(({ code }) => code)).toEqual(Array(errors.length).fill('ENGINE_UNAVAILABLE'))
    expect(errors.every(({ retryable }) => retryable)).toBe(true)
  })

  it.each(['hasImage', 'findContainer'] as const)(
    'that hangs is left when the signal fires: %s',
    async (call) => {
      const { docker, asked } = await startFakeDaemon({ GET: hangs })
      const engine = createDockerEngine(docker, 'local')
      const stop = new AbortController()
      const reason = new Error('enough')
      const calls = {
        hasImage: () => engine.hasImage(image, digest, stop.signal),
        findContainer: () => engine.findContainer('x', stop.signal),
      }
      const asking = expect(calls[call]()).rejects.toBe(reason)
      await vi.waitUntil(() => asked.length > 0)

      stop.abort(reason)

      await asking
    },
  )
})

describe('a pull', () => {
  it('that ended well is not believed when the engine has another digest', async () => {
    const { docker } = await startFakeDaemon({
      'POST /images/create': says(status),
      [`GET /images/${name}`]: says({ RepoDigests: [`${name}@${digestOf('b')}`] }),
    })

    expect((await failureOf(createDockerEngine(docker, 'local').pull(request()))).code).toBe('PULL_FAILED')
  })

  it('that ended well is not believed when the engine has no such image', async () => {
    const { docker } = await startFakeDaemon({ 'POST /images/create': says(status) })

    expect((await failureOf(createDockerEngine(docker, 'local').pull(request()))).code).toBe('PULL_FAILED')
  })

  it('may be tried again when the engine cannot reach the registry', async () => {
    const refused = 'Get "http://registry.example.com/v2/": dial tcp: connect: connection refused'
    const { docker } = await startFakeDaemon({ 'POST /images/create': fails(500, refused) })

    const error = await failureOf(createDockerEngine(docker, 'local').pull(request()))

    expect(error.code).toBe('PULL_FAILED')
    expect(error.retryable).toBe(true)
    expect(error.message).toContain('connection refused')
  })

  it.each([400, 401, 403, 404])('is not tried again when the engine answers %i', async (answer) => {
    const { docker } = await startFakeDaemon({ 'POST /images/create': fails(answer, 'pull access denied') })

    const error = await failureOf(createDockerEngine(docker, 'local').pull(request()))

    expect(error.code).toBe('ENGINE_FAILED')
    expect(error.message).toContain('pull access denied')
  })

  it('is given up when the engine says nothing from the start', async () => {
    const { docker, hungUp } = await startFakeDaemon({ 'POST /images/create': hangs })

    const error = await failureOf(createDockerEngine(docker, 'local').pull(request({ inactivity: 50 })))

    expect(error.code).toBe('PULL_STALLED')
    await hungUp
  })

  it('is given up when the engine goes quiet, and the engine is told', async () => {
    const { docker, hungUp } = await startFakeDaemon({
      'POST /images/create': (response) => void response.writeHead(200).write('{"status":"Pulling"}\r\n'),
    })

    const error = await failureOf(createDockerEngine(docker, 'local').pull(request({ inactivity: 50 })))

    expect(error.code).toBe('PULL_STALLED')
    await hungUp
  })

  it('is told to the engine when its signal fires', async () => {
    const { docker, hungUp } = await startFakeDaemon({
      'POST /images/create': (response) => void response.writeHead(200).write('{"status":"Pulling"}\r\n'),
    })
    const stop = new AbortController()
    const reason = new Error('enough')
    setTimeout(() => stop.abort(reason), 50)

    await expect(createDockerEngine(docker, 'local').pull(request({ signal: stop.signal }))).rejects.toBe(
      reason,
    )

    await hungUp
  })

  it('hands over the credentials of this one call, with the host that they are for', async () => {
    const seen: (string | string[] | undefined)[] = []
    const { docker } = await startFakeDaemon({
      'POST /images/create': (response, { headers }) => {
        seen.push(headers['x-registry-auth'])
        says(status)(response, undefined as never)
      },
      'GET /images/': says({ RepoDigests: [`${name}@${digest}`] }),
    })
    const engine = createDockerEngine(docker, 'local')

    await engine.pull(request({ credentials: { username: 'ada', password: 'a-password' } }))
    await engine.pull(request())

    const [first, second] = seen.map((text) =>
      text ? JSON.parse(Buffer.from(String(text), 'base64url').toString()) : {},
    )
    expect(first).toEqual({ username: 'ada', password: 'a-password', serveraddress: 'registry.example.com' })
    expect(second).toEqual({})
  })

  it('does not carry a password into its error', async () => {
    const { docker } = await startFakeDaemon({ 'POST /images/create': fails(500, 'unauthorized') })
    const credentials = { username: 'ada', password: 'a-password' }

    const error = await failureOf(createDockerEngine(docker, 'local').pull(request({ credentials })))

    expect(JSON.stringify([error.message, error.details, String(error.cause)])).not.toContain('a-password')
  })
})

describe('a source', () => {
  it('that the engine has no room for is told as a full disk', async () => {
    const { docker } = await startFakeDaemon({
      'POST /containers/create': fails(500, 'write /var/lib/docker/x: no space left on device'),
    })
    const purpose = { project: 'shop', role: 'source', release: 'r', deployment: 'd' } as const

    const opening = createDockerEngine(docker, 'local').openSource(
      { image, digest, path: '/app', purpose },
      calm,
    )

    const error = await failureOf(opening)
    expect(error.code).toBe('DISK_FULL')
    expect(error.message).toContain('/var/lib/docker/x')
  })

  it('leaves no container behind when the engine fails to read it', async () => {
    const { docker, asked } = await startFakeDaemon({
      'POST /containers/create': (response) => void response.writeHead(201).end('{"Id":"made"}'),
      'GET /containers/made/archive': fails(500, 'out of luck'),
      'DELETE /containers/made': (response) => void response.writeHead(204).end(),
    })
    const purpose = { project: 'shop', role: 'source', release: 'r', deployment: 'd' } as const

    const opening = createDockerEngine(docker, 'local').openSource(
      { image, digest, path: '/app', purpose },
      calm,
    )

    expect((await failureOf(opening)).code).toBe('ENGINE_FAILED')
    expect(asked.at(-1)).toBe('DELETE /containers/made')
  })
})
