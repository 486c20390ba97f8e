import { setTimeout as pause } from 'node:timers/promises'
import { createRedactor } from '@slipway/core'
import type Docker from 'dockerode'
import { secretValues } from '../../secret-values.ts'
import { callEngine, plain } from '../docker-errors.ts'
import type { Facts } from './containers.ts'

/** A container without a health check has to run so long, in milliseconds, without an end. */
const settling = 2_000
const interval = 200
const callDeadline = 10_000
const lastLines = 5

export interface HealthGateOptions {
  readonly docker: Docker
  readonly id: string
  /** How often it was restarted before. */
  readonly restarts: number
  /** Milliseconds. */
  readonly timeout: number
  readonly signal: AbortSignal
}

/**
 * Waits until a container that was just started is well: healthy, or, without a health check, up for a moment. Null
 * when it is, or else what is wrong, with what it said last.
 */
export async function waitForHealth(options: HealthGateOptions): Promise<string | null> {
  const { docker, id, restarts, timeout, signal } = options
  const container = docker.getContainer(id)
  const end = performance.now() + timeout
  const settled = performance.now() + Math.min(settling, timeout)
  for (;;) {
    const abortSignal = AbortSignal.any([signal, AbortSignal.timeout(callDeadline)])
    const facts = await callEngine(`asking for ${id}`, signal, () => container.inspect({ abortSignal }))
    const verdict = judge(facts, restarts, performance.now() >= settled)
    if (verdict === 'well') return null
    if (verdict !== 'wait') return withLastLines(container, facts, verdict, abortSignal)
    if (performance.now() >= end) {
      const late = `it was not healthy within ${timeout} ms${lastProbe(facts)}`
      return withLastLines(container, facts, late, abortSignal)
    }
    await pause(interval, undefined, { signal }).catch(() => signal.throwIfAborted())
  }
}

/** `well`, `wait`, or what is wrong. */
export function judge(facts: Facts, restarts: number, isSettled: boolean): string {
  const { State: state } = facts
  // One that waits for its restart counts as running, and one that runs again has no exit code any more.
  if (!state.Running || state.Restarting)
    return `it ended with exit code ${state.ExitCode}${said(state.Error)}`
  if (facts.RestartCount > restarts) return 'it ended and was restarted'
  const health = state.Health?.Status ?? 'none'
  if (health === 'none') return isSettled ? 'well' : 'wait'
  if (health === 'healthy') return 'well'
  return health === 'unhealthy' ? `it is unhealthy${lastProbe({ State: state })}` : 'wait'
}

function lastProbe({ State }: Pick<Facts, 'State'>): string {
  const last = State.Health?.Log?.at(-1)
  return last ? ` (its health check: exit code ${last.ExitCode}${said(last.Output)})` : ''
}

function said(text: string): string {
  const words = plain(text)
  return words ? `, ${words}` : ''
}

async function withLastLines(
  container: Docker.Container,
  facts: Facts,
  why: string,
  abortSignal: AbortSignal,
): Promise<string> {
  try {
    const options = { stdout: true, stderr: true, tail: lastLines, follow: false, abortSignal } as const
    const output = await container.logs(options)
    const redact = createRedactor(secretValues(facts.Config.Env))
    const lines = plain(redact(facts.Config.Tty ? output.toString() : withoutFrames(output)))
    return lines ? `${why}. Its last lines: ${lines}` : why
  } catch {
    // A driver that keeps no log must not hide what is wrong.
    return why
  }
}

const frameHeader = 8
const sizeAt = 4

/** The engine sends both outputs as one, in frames. */
function withoutFrames(output: Buffer): string {
  let text = ''
  for (let at = 0; at + frameHeader <= output.length; ) {
    const end = at + frameHeader + output.readUInt32BE(at + sizeAt)
    text += output.toString('utf8', at + frameHeader, end)
    at = end
  }
  return text
}
