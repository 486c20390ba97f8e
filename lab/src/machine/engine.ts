import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, open, readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { run } from '../command.ts'
import { poll } from '../poll.ts'
import { findPrivilege } from './privilege.ts'
import { findProgram } from './programs.ts'

export type Engine =
  | { readonly ok: true; stop(): Promise<void> }
  | { readonly ok: false; readonly why: string }

export interface EngineOptions {
  /** Folder for the engine's log. */
  readonly stateDir: string
  readonly say: (line: string) => void
  readonly signal?: AbortSignal | undefined
}

// An engine of our own keeps its images apart from whatever an installed one has, and never wakes its containers.
const cacheRoot = '/var/lib/slipway-lab'
const dataRoot = `${cacheRoot}/docker`
const execRoot = '/run/slipway-lab/docker'
const usualSocket = '/var/run/docker.sock'
const pidFile = '/run/slipway-lab/dockerd.pid'
const startTimeoutMs = 60_000

/** What removes the images of the engine that the lab starts itself. */
export const removeEngine = `sudo rm -rf ${cacheRoot}`

/** True when the engine that `docker` talks to (DOCKER_HOST or the usual socket) answers. */
export async function engineAnswers(): Promise<boolean> {
  return run('docker', ['version', '--format', '{{.Server.Version}}'], { timeoutMs: 10_000 }).then(
    () => true,
    () => false,
  )
}

/** Starts `dockerd` on the usual socket; `stop` ends it again. */
export async function startEngine({ stateDir, say, signal }: EngineOptions): Promise<Engine> {
  const taken = await whyNotHere()
  if (taken) return { ok: false, why: taken }
  const dockerd = await findProgram('dockerd')
  const asRoot = await findPrivilege()
  if (!dockerd) return { ok: false, why: 'no Docker engine answers and dockerd is not installed' }
  if (!asRoot) return { ok: false, why: 'no Docker engine answers and starting one takes root' }

  await mkdir(stateDir, { recursive: true })
  const logFile = join(stateDir, 'dockerd.log')
  await run(...asRoot(['mkdir', '-p', dataRoot, '/run/slipway-lab']))
  say(`starting a Docker engine (log: ${logFile})`)
  const log = await open(logFile, 'w')
  const group = String(process.getgid?.() ?? 0)
  const [program, args] = asRoot([
    ...([dockerd, '--data-root', dataRoot, '--exec-root', execRoot, '--pidfile', pidFile] as const),
    ...['--group', group],
  ])
  // Detached, so that Ctrl-C in the terminal does not take the engine away while the lab still cleans up.
  const child = spawn(program, args, { stdio: ['ignore', log.fd, log.fd], detached: true })
  child.unref()
  const ended = once(child, 'exit').catch(() => undefined)
  await log.close()

  const stop = async () => {
    const pid = (await readFile(pidFile, 'utf8').catch(() => '')).trim()
    child.ref()
    if (pid) await run(...asRoot(['kill', pid])).catch(() => undefined)
    await ended
  }
  let hasEnded = false
  void ended.then(() => {
    hasEnded = true
  })
  const answers = await poll(async () => (hasEnded ? 'ended' : (await engineAnswers()) && 'answers'), {
    what: 'dockerd',
    timeoutMs: startTimeoutMs,
    everyMs: 200,
    signal,
  }).catch(async (cause: unknown) => {
    await stop()
    signal?.throwIfAborted()
    return cause instanceof Error ? cause.message : String(cause)
  })
  if (answers === 'answers') return { ok: true, stop }
  return { ok: false, why: `dockerd does not run here: ${await reason(logFile)}` }
}

/** An engine that is elsewhere, or there and not for us, is no reason to put another in its place. */
async function whyNotHere(): Promise<string | undefined> {
  const format = ['--format', '{{.Endpoints.docker.Host}}']
  const endpoint = (await run('docker', ['context', 'inspect', ...format]).catch(() => '')).trim()
  if (endpoint && endpoint !== `unix://${usualSocket}`) {
    return `no Docker engine answers at ${endpoint}; start it, or unset DOCKER_HOST`
  }
  const found = await tryConnect(usualSocket)
  if (found === 'refused') return undefined
  return found === 'forbidden'
    ? `you may not use ${usualSocket}: run as root or join the group docker`
    : `a Docker engine listens on ${usualSocket} but does not answer`
}

function tryConnect(path: string): Promise<'listens' | 'forbidden' | 'refused'> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve('listens')
    })
    socket.once('error', (cause: NodeJS.ErrnoException) =>
      resolve(cause.code === 'EACCES' || cause.code === 'EPERM' ? 'forbidden' : 'refused'),
    )
  })
}

async function reason(logFile: string): Promise<string> {
  const lines = (await readFile(logFile, 'utf8')).trim().split('\n')
  const telling = lines.findLast((line) => /fail|error|denied|cannot/i.test(line)) ?? lines.at(-1) ?? ''
  return telling.slice(0, 400)
}
