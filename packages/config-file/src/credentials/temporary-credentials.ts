import { type Clock, type RegistryCredentials, SlipwayError } from '@slipway/core'
import type { CommandEnd } from './credential-command.ts'
import { type PrintedCredentials, readCredentialOutput } from './credential-output.ts'
import type { CredentialSource } from './credential-source.ts'
import type { SecretKeeper } from './secret-keeper.ts'

export interface TemporaryOptions {
  /** Path of the entry, for messages: `credentials.acme`. */
  readonly path: string
  readonly username: string | undefined
  /** Milliseconds that they are kept when they do not say it themselves. */
  readonly ttl: number
  readonly run: (signal: AbortSignal) => Promise<CommandEnd>
  readonly clock: Clock
  readonly secrets: SecretKeeper
}

/** What is asked for shortly before they run out is asked for in time. */
const mostSkewMs = 60_000
const skewShare = 0.1

interface Cached {
  readonly credentials: RegistryCredentials
  readonly freshUntil: number
  handedOut: number
}

interface Running {
  readonly result: Promise<Cached>
  readonly stop: AbortController
  readers: number
}

/**
 * Credentials that a command prints, kept until shortly before they run out. However many ask at once, one command
 * runs; whoever stops waiting leaves it to the others, and the last one ends it.
 */
export function temporaryCredentials(options: TemporaryOptions): CredentialSource {
  const { clock } = options
  let cached: Cached | null = null
  let running: Running | null = null

  function begin(): Running {
    const stop = new AbortController()
    const mine: Running = { stop, readers: 0, result: obtain(options, stop.signal) }
    mine.result
      .then((fresh) => {
        cached = fresh
      })
      // Those who read are told.
      .catch(() => {})
      .finally(() => leave(mine))
    return mine
  }

  function leave(mine: Running): void {
    if (running === mine) running = null
  }

  /** What the command that runs prints; begins one when none runs. */
  async function obtained(signal: AbortSignal): Promise<Cached> {
    running ??= begin()
    const mine = running
    mine.readers += 1
    const { promise: aborted, reject } = Promise.withResolvers<never>()
    const onAbort = () => reject(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    try {
      return await Promise.race([mine.result, aborted])
    } finally {
      signal.removeEventListener('abort', onAbort)
      mine.readers -= 1
      if (mine.readers === 0) {
        leave(mine)
        mine.stop.abort()
      }
    }
  }

  return {
    isTemporary: true,
    async read(signal) {
      signal.throwIfAborted()
      const current = cached && cached.freshUntil > clock.now() ? cached : await obtained(signal)
      current.handedOut += 1
      return current.credentials
    },
    forget(refused) {
      if (cached?.credentials !== refused) return true
      const wasJustGot = cached !== null && cached.handedOut <= 1
      cached = null
      return !wasJustGot
    },
  }
}

async function obtain(options: TemporaryOptions, signal: AbortSignal): Promise<Cached> {
  const { path, username, ttl, run, clock, secrets } = options
  const end = await run(signal)
  if (!end.ok) throw unavailable(path, end.why)
  const now = clock.now()
  const printed = readCredentialOutput(end.output, { username, now })
  if (typeof printed === 'string') throw unavailable(path, printed)
  const freshUntil = freshnessOf(printed, now, ttl)
  secrets.keep(printed.password, printed.expiresAt ?? freshUntil)
  const credentials = { username: printed.username, password: printed.password }
  return { credentials, freshUntil, handedOut: 0 }
}

function freshnessOf({ expiresAt }: PrintedCredentials, now: number, ttl: number): number {
  if (expiresAt === null) return now + ttl
  return expiresAt - Math.min(mostSkewMs, (expiresAt - now) * skewShare)
}

function unavailable(path: string, why: string): SlipwayError {
  return new SlipwayError('CREDENTIALS_UNAVAILABLE', `The command of ${path} ${why}.`)
}
