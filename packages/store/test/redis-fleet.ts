import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort, poll } from '@slipway/lab'
import { Redis } from 'ioredis'
import type { RedisTls } from '../src/redis-settings.ts'

/** Real redis-servers on ports of 127.0.0.1 that speak TLS and ask for a password. */
export interface RedisFleet extends AsyncDisposable {
  /** What a client needs to trust them. */
  readonly tls: RedisTls
  readonly password: string
  /** One more server, with further lines of its redis.conf; with `sentinel` it is a sentinel. */
  start(lines: readonly string[], kind?: 'server' | 'sentinel'): Promise<FleetServer>
}

export interface FleetServer {
  readonly host: string
  readonly port: number
  /** Port of the cluster's own traffic. */
  readonly busPort: number
  /** For whoever looks after the server: waits for it, and is closed with the fleet. */
  readonly admin: Redis
  /** Stops answering without going away, until it is thawed. */
  freeze(): void
  thaw(): void
  kill(): Promise<void>
}

const host = '127.0.0.1'
const password = 'fleet-password'

export async function openRedisFleet(): Promise<RedisFleet> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-fleet-'))
  const files = await makeCertificate(folder)
  const ca = await readFile(files.ca, 'utf8')
  const tls: RedisTls = { ca, cert: undefined, key: undefined, servername: undefined }
  const servers: FleetServer[] = []

  return {
    tls,
    password,
    async start(lines, kind = 'server') {
      const [port, busPort] = [await freePort(), await freePort()]
      const own = join(folder, String(port))
      await mkdir(own)
      const conf = join(own, 'redis.conf')
      const common = [
        ...[`bind ${host}`, 'port 0', `tls-port ${port}`, `dir ${own}`, `requirepass ${password}`],
        ...[`tls-cert-file ${files.cert}`, `tls-key-file ${files.key}`, `tls-ca-cert-file ${files.ca}`],
        ...['tls-auth-clients no', 'tls-replication yes'],
      ]
      const kept = kind === 'server' ? [`masterauth ${password}`, 'appendonly yes', 'save ""'] : []
      const bus = lines.includes('cluster-enabled yes') ? [`cluster-port ${busPort}`] : []
      await writeFile(conf, `${[...common, ...kept, ...bus, ...lines].join('\n')}\n`)
      const child = spawn('redis-server', [conf, ...(kind === 'sentinel' ? ['--sentinel'] : [])], {
        stdio: 'ignore',
      })
      const admin = new Redis({ host, port, password, tls: { ca }, maxRetriesPerRequest: null })
      admin.on('error', () => {})
      const server = {
        host,
        port,
        busPort,
        admin,
        freeze: () => void child.kill('SIGSTOP'),
        thaw: () => void child.kill('SIGCONT'),
        kill: () => end(child),
      }
      servers.push(server)
      await poll(
        async () => {
          if (child.exitCode !== null) throw new Error(`redis-server ended with ${child.exitCode}`)
          return admin.status === 'ready'
        },
        { what: `the redis-server on port ${port}` },
      )
      return server
    },
    async [Symbol.asyncDispose]() {
      for (const { admin } of servers) admin.disconnect()
      await Promise.all(servers.map(({ kill }) => kill()))
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}

/** An authority of our own, and what it signed for 127.0.0.1 and redis.test. */
async function makeCertificate(folder: string) {
  const at = (name: string) => join(folder, name)
  const fresh = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  const openssl = (args: readonly string[]) => promisify(execFile)('openssl', args)
  await openssl([
    ...['req', '-x509', ...fresh, '-subj', '/CN=slipway-fleet'],
    ...['-keyout', at('ca.key'), '-out', at('ca.pem')],
  ])
  await openssl([
    ...['req', '-x509', ...fresh, '-subj', '/CN=redis.test', '-CA', at('ca.pem'), '-CAkey', at('ca.key')],
    ...[
      '-addext',
      `subjectAltName=IP:${host},DNS:redis.test`,
      '-addext',
      'basicConstraints=critical,CA:FALSE',
    ],
    ...['-keyout', at('server.key'), '-out', at('server.pem')],
  ])
  return { ca: at('ca.pem'), cert: at('server.pem'), key: at('server.key') }
}
