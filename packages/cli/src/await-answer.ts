import { setTimeout as sleep } from 'node:timers/promises'
import { SlipwayError } from '@slipway/core'
import { askRedis, type MaintenanceDesk } from '@slipway/store'

export interface AwaitOptions<T> {
  readonly desk: Pick<MaintenanceDesk, 'state'>
  /** Null as long as there is none. */
  readonly answer: (host: string, request: string) => Promise<T | null>
  readonly host: string
  readonly request: string
  /** Milliseconds. */
  readonly timeout: number
}

const pause = 200

/**
 * What the worker of a host answers to a request.
 * @throws SlipwayError WORKER_SILENT when it does not in time, REDIS_UNAVAILABLE
 */
export async function awaitAnswer<T>(options: AwaitOptions<T>): Promise<T> {
  const { desk, host, request, timeout } = options
  for (let waited = 0; ; waited += pause) {
    const state = await askRedis(desk.state(host, request))
    // After the state, so that an answer that was written in between is not missed.
    const answer = await askRedis(options.answer(host, request))
    if (answer) return answer
    if (state === 'ended')
      throw silent(`The worker of ${host} could not do it and left no answer; its log says why.`)
    if (waited >= timeout) throw silent(lateness(state, host, timeout))
    await sleep(pause)
  }
}

function lateness(state: 'waiting' | 'active', host: string, timeout: number): string {
  const after = `${timeout / 1_000} s`
  return state === 'active'
    ? `The worker of ${host} is still at it after ${after}; ask again with a longer --timeout.`
    : `No worker of ${host} took the request within ${after}: does it run, with this Redis, and of this version?`
}

function silent(message: string): SlipwayError {
  return new SlipwayError('WORKER_SILENT', message)
}
