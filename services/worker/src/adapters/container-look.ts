import type Docker from 'dockerode'
import type { Look } from '../ports/site-probe.ts'
import { plain, statusOf } from './docker-errors.ts'
import { type ExecListener, followExec } from './docker-exec.ts'

/** What is run in a container to see how it is. */
export interface LookCommand {
  readonly container: string
  /** Arguments, no shell. */
  readonly command: readonly string[]
}

/**
 * Looks by commands in running containers; the exit code is the answer. An engine cannot end such a command: one that
 * outlives its look is left there, and until it ends no second one is begun beside it.
 */
export function createCommandLook(docker: Docker) {
  const begun = new Map<string, Docker.Exec>()

  async function isStillRunning(key: string, signal: AbortSignal): Promise<boolean> {
    const facts = await begun.get(key)?.inspect({ abortSignal: signal })
    return facts?.Running === true
  }

  return async ({ container, command }: LookCommand, signal: AbortSignal): Promise<Look> => {
    const key = JSON.stringify([container, command])
    // The container that knew it may be another one by now.
    const isLeft = await isStillRunning(key, signal).catch(() => false)
    if (isLeft) return { result: 'unwell', said: 'still runs since an earlier look' }
    const onBegun = (exec: Docker.Exec) => void begun.set(key, exec)
    const look = await lookByCommand(docker.getContainer(container), command, signal, { onBegun })
    begun.delete(key)
    return look
  }
}

async function lookByCommand(
  container: Docker.Container,
  command: readonly string[],
  signal: AbortSignal,
  listener: ExecListener,
): Promise<Look> {
  const ended = await orWords(() => followExec(container, command, signal, listener))
  if (typeof ended === 'string') return { result: 'unwell', said: ended }
  const { exitCode, lastLine: last } = ended
  const words = last ? `: ${last}` : ''
  return exitCode === 0
    ? { result: 'well', said: 'ended with exit code 0' }
    : { result: 'unwell', said: `ended with exit code ${exitCode}${words}` }
}

/** Whose health is asked for, and since when it counts (milliseconds since 1970). */
export interface HealthQuestion {
  readonly container: string
  readonly since: number
}

/** What the engine knows of a container by its HEALTHCHECK. */
export async function lookAtHealth(
  docker: Docker,
  { container, since }: HealthQuestion,
  signal: AbortSignal,
): Promise<Look> {
  const facts = await orWords(() => docker.getContainer(container).inspect({ abortSignal: signal }))
  if (typeof facts === 'string') return { result: 'unwell', said: facts }
  const { Status: status, ExitCode: exitCode, Health: health } = facts.State
  if (status !== 'running')
    return { result: 'unwell', said: `does not run (${status}, exit code ${exitCode})` }
  // The engine looks in an interval of its own, and keeps what it saw until then.
  if (Date.parse(health?.Log?.at(-1)?.Start ?? '') < since)
    return { result: 'pending', said: 'was looked at last before the new version was there' }
  if (health?.Status === 'healthy') return { result: 'well', said: 'is healthy' }
  if (health?.Status === 'starting') return { result: 'pending', said: 'is still starting' }
  if (health?.Status !== 'unhealthy') return { result: 'unwell', said: 'has no HEALTHCHECK' }
  const last = lastLineOf(health.Log?.at(-1)?.Output ?? '')
  return { result: 'unwell', said: last ? `is unhealthy: ${last}` : 'is unhealthy' }
}

function lastLineOf(text: string): string {
  return plain(text.trimEnd().split('\n').at(-1) ?? '')
}

/** What the engine says about the container itself is an answer too. */
async function orWords<T>(call: () => Promise<T>): Promise<T | string> {
  try {
    return await call()
  } catch (error) {
    const status = statusOf(error)
    if (status === 404) return 'is not there'
    if (status === 409) return 'does not run'
    throw error
  }
}
