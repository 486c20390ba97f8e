import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export const user = { username: 'deploy', password: 'correct horse battery' }
// bcrypt of the password above, cost 4: a test has nothing to guard.
const htpasswd = 'deploy:$2y$04$Am8pbQ/IOKYjQfSZUVfc7e3CleY9OrIu9GAWwrd.tKj29hDGN4gPa\n'

export interface DockerRegistry extends AsyncDisposable {
  /** `127.0.0.1:port` */
  readonly host: string
}

/** The real registry on a free port with its data in a temporary folder; asks everybody for `user`. */
export async function startDockerRegistry(): Promise<DockerRegistry> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-registry-'))
  const host = `127.0.0.1:${await freePort()}`
  await writeFile(join(folder, 'htpasswd'), htpasswd)
  await writeFile(join(folder, 'config.yml'), configFor(host, folder))
  const child = spawn('docker-registry', ['serve', join(folder, 'config.yml')], { stdio: 'ignore' })
  const gone = once(child, 'exit')
  // Without a listener a binary that is missing would end the test run instead of this test.
  gone.catch(() => undefined)
  const close = async (): Promise<void> => {
    await stop(child, gone)
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await Promise.race([untilAnswers(host), endsTooSoon(gone)])
  } catch (cause) {
    await close()
    throw cause
  }
  return { host, [Symbol.asyncDispose]: close }
}

function configFor(host: string, folder: string): string {
  return JSON.stringify({
    version: '0.1',
    log: { level: 'error' },
    storage: { filesystem: { rootdirectory: join(folder, 'data') } },
    http: { addr: host },
    auth: { htpasswd: { realm: 'test', path: join(folder, 'htpasswd') } },
  })
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (typeof address !== 'object' || address === null) throw new Error('no free port')
  return address.port
}

async function untilAnswers(host: string): Promise<void> {
  const patience = AbortSignal.timeout(10_000)
  for (;;) {
    patience.throwIfAborted()
    try {
      await (await fetch(`http://${host}/v2/`, { signal: patience })).body?.cancel()
      return
    } catch {
      await new Promise((again) => setTimeout(again, 50))
    }
  }
}

async function endsTooSoon(gone: Promise<unknown>): Promise<never> {
  await gone
  throw new Error('docker-registry ended before it listened')
}

async function stop(child: ChildProcess, gone: Promise<unknown>): Promise<void> {
  if (child.pid === undefined) return
  child.kill('SIGTERM')
  await gone
}
