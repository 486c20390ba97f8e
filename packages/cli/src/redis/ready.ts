import { SlipwayError } from '@slipway/core'
import { connectFailingFast, connectWaiting } from '@slipway/store'

const loadingDeadline = 120_000
const probeDeadline = 1_000

/** True when some server listens at the socket now. */
export async function isTaken(socket: string): Promise<boolean> {
  const redis = connectFailingFast(settingsOf(socket))
  const outcome = Promise.withResolvers<boolean>()
  // Not "ready": a server that still loads its data is one too.
  redis.once('connect', () => outcome.resolve(true))
  redis.on('error', () => outcome.resolve(false))
  const late = setTimeout(() => outcome.resolve(false), probeDeadline)
  const found = await outcome.promise
  clearTimeout(late)
  redis.disconnect()
  return found
}

/**
 * Resolves when the server answers PING, which it does once its data is loaded.
 * @throws SlipwayError REDIS_UNAVAILABLE when it ends before, or takes too long
 */
export async function untilReady(socket: string, ended: Promise<number>): Promise<void> {
  const redis = connectWaiting(settingsOf(socket))
  redis.on('error', () => {})
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(
    () => late.reject(unavailable(`did not answer within ${loadingDeadline / 1_000} seconds`)),
    loadingDeadline,
  )
  const gone = ended.then((code) => {
    throw unavailable(`ended with exit code ${code} before it answered; its own words are above`)
  })
  try {
    await Promise.race([redis.ping(), gone, late.promise])
  } finally {
    clearTimeout(timer)
    gone.catch(() => {})
    redis.disconnect()
  }
}

function settingsOf(socket: string) {
  return { url: `unix://${socket}`, username: undefined, password: undefined }
}

function unavailable(what: string): SlipwayError {
  return new SlipwayError('REDIS_UNAVAILABLE', `redis-server ${what}.`)
}
