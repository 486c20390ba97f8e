import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { type Config, wantsOf } from '@slipway/core'
import { createRedisServer, type RedisServer } from '@slipway/lab'
import {
  connectFailingFast,
  createPushStore,
  createRunStore,
  type PushStore,
  type RedisClient,
  type RunStore,
} from '@slipway/store'
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify'
import { createOperations } from '../src/ops/operations.ts'
import { createOpsApp } from '../src/ops-app.ts'
import { type CapturedLog, captureLog } from './captured-log.ts'
import { configOf, projectOf } from './config.ts'

export const tokens = { operator: 'operator-token-8f2e91', viewer: 'viewer-token-77ac03' } as const

/** The ops listener over a real Redis, with a clock that stands still until it is moved. */
export interface ApiRig extends AsyncDisposable {
  readonly app: FastifyInstance
  readonly redis: RedisClient
  readonly server: RedisServer
  readonly captured: CapturedLog
  now: number
  /** Asks with the token of a role. */
  ask(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, more?: Ask): Promise<LightMyRequestResponse>
  /** Queues a push; the ids of its deployments. */
  push(project: string): Promise<string[]>
  storeOf(host: string): RunStore
}

export interface Ask {
  /** Null: without a token. Default: the operator's. */
  readonly token?: string | null
  readonly body?: InjectOptions['payload']
  readonly headers?: Readonly<Record<string, string>>
  readonly remoteAddress?: string
}

const config: Config = configOf({
  projects: {
    shop: projectOf('registry.example.com/acme/shop', {
      hosts: ['web1', 'web2'],
      windows: [{ cron: '0 3 * * *', duration: '1h' }],
    }),
    blog: projectOf('registry.example.com/acme/blog'),
  },
})

export async function startApi(): Promise<ApiRig> {
  const server = await createRedisServer()
  await server.start()
  const connect = async () => {
    const client = connectFailingFast({ url: server.url, username: undefined, password: undefined })
    client.on('error', () => {})
    await once(client, 'ready')
    return client
  }
  const redis = await connect()
  const clock = { now: () => rig.now }
  const operations = createOperations({ redis: await connect(), config, clock })
  const store: PushStore = createPushStore({ redis: await connect(), retry: config.retry, clock })
  const captured = captureLog()
  const hashOf = (token: string) => `sha256:${createHash('sha256').update(token).digest('hex')}`
  const app = await createOpsApp({
    log: captured.log,
    clock,
    tokens: [
      { name: 'ada', role: 'operator', hash: hashOf(tokens.operator) },
      { name: 'vic', role: 'viewer', hash: hashOf(tokens.viewer) },
    ],
    queues: [],
    operations,
  })

  const rig: ApiRig = {
    app,
    redis,
    server,
    captured,
    now: Date.UTC(2026, 10, 24, 21),
    ask(method, path, { token = tokens.operator, body, headers, remoteAddress } = {}) {
      const bearer = token === null ? {} : { authorization: `Bearer ${token}` }
      return app.inject({
        method,
        url: `/api/v1${path}`,
        headers: { ...bearer, ...headers },
        ...(body === undefined ? {} : { payload: body }),
        ...(remoteAddress === undefined ? {} : { remoteAddress }),
      })
    },
    async push(name) {
      const project = config.projects[name]
      if (!project) throw new Error(name)
      const wanted = wantsOf(name, project, { tag: 'latest', digest: null })
      const accepted = await store.accept(wanted, { kind: 'webhook', hook: 'main', source: 'acr' })
      return accepted.map(({ deployment }) => deployment)
    },
    storeOf: (host) => createRunStore(redis, host, clock),
    async [Symbol.asyncDispose]() {
      await app.close()
      await operations.close()
      await store.close()
      redis.disconnect()
      await server.stop()
    },
  }
  return rig
}
