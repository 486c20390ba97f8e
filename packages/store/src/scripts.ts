import type { Result } from 'ioredis'
import { acceptScript } from './accept-script.ts'

/** States in which a deployment stays; `failed` is one that may be taken up again. */
const endedTable = `local ended = { live = 1, ['live-with-warnings'] = 1, ['already-live'] = 1, superseded = 1,
  ['rolled-back'] = 1, cancelled = 1, ['needs-operator'] = 1 }`

/** Lua that takes the next seq of a project that has several hosts, from the want of the project at home, and keeps it. */
const takeSeqLua = `
local known = redis.call('HMGET', KEYS[1], 'seq', 'floor')
local last = math.max(tonumber(known[1] or '0'), tonumber(known[2] or '0'))
local seq = string.format('%.0f', math.max(tonumber(ARGV[1]), last + 1))
redis.call('HSET', KEYS[1], 'floor', seq)`

/**
 * Gives what is no rollout its place in the order of a project that has several hosts.
 * KEYS: want of the project at home; ARGV: now (µs)
 */
const nextSeqScript = `${takeSeqLua}
return seq
`

/**
 * Gives a push for several hosts its seq and writes what its parts share, at the home of the project's rollouts. A
 * rollout that is here already stays as it is: its seq and its hosts are returned.
 * KEYS: want of the project at home, rollout
 * ARGV: now (µs), seconds that it is kept, then fields and values of the record
 */
const openRolloutScript = `
local own = redis.call('HMGET', KEYS[2], 'seq', 'hosts')
if own[1] then return own end
${takeSeqLua}
redis.call('HSET', KEYS[2], 'seq', seq, unpack(ARGV, 3))
redis.call('EXPIRE', KEYS[2], ARGV[2])
return { seq, false }
`

/**
 * Reads what is wanted now and marks its deployment as begun, in one script: an accept that comes a moment later finds
 * it begun and leaves its end to the worker. What has ended is only told, not begun again; a failed one may be. The
 * caller has the project to itself, so a deployment that was begun before and has no end was left by a dead worker:
 * it ends here, superseded. When something else than the expected deployment is wanted by now, nothing is marked.
 * KEYS: want, changes
 * ARGV: prefix of deployment keys, now (ms), seconds that an ended deployment is kept, expected deployment
 *       or nothing
 */
const takeScript = `
local deployment = redis.call('HGET', KEYS[1], 'deployment')
if not deployment then return false end
local want = redis.call('HGETALL', KEYS[1])
if ARGV[4] ~= '' and deployment ~= ARGV[4] then return { want, 'moved' } end
${endedTable}
local begun = redis.call('HGET', KEYS[1], 'begun')
if begun and begun ~= deployment then
  local left = redis.call('HGET', ARGV[1] .. begun, 'state')
  if left and left ~= 'failed' and not ended[left] then
    redis.call('HSET', ARGV[1] .. begun, 'state', 'superseded', 'endedAt', ARGV[2], 'supersededBy', deployment,
      'why', 'its worker died, and a newer push arrived before it was taken up again')
    redis.call('EXPIRE', ARGV[1] .. begun, ARGV[3])
  end
end
local key = ARGV[1] .. deployment
local state = redis.call('HGET', key, 'state')
if not state then return { want, '' } end
if not ended[state] then
  if state == 'failed' then redis.call('INCR', KEYS[2]) end
  redis.call('HSET', KEYS[1], 'begun', deployment)
  redis.call('HSETNX', key, 'startedAt', ARGV[2])
  redis.call('HINCRBY', key, 'attempts', 1)
  redis.call('HSET', key, 'state', 'resolve')
  redis.call('HDEL', key, 'endedAt', 'errorCode', 'why')
  redis.call('PERSIST', key)
end
return { want, state }
`

/**
 * Puts a deployment that may not begin yet back to the queue, with the reason, unless somebody has ended it meanwhile.
 * KEYS: deployment; ARGV: why
 */
const waitScript = `
local state = redis.call('HGET', KEYS[1], 'state')
${endedTable}
if state and not ended[state] then
  redis.call('HSET', KEYS[1], 'state', 'queued', 'why', ARGV[1])
  redis.call('HDEL', KEYS[1], 'endedAt')
  redis.call('PERSIST', KEYS[1])
end
return 0
`

/**
 * Takes a deployment back: one that waits ends here, one that is under way is asked to end, in one script, so that
 * none slips through between the two. Returns its state before; nothing when there is no such deployment.
 * KEYS: deployment; ARGV: request as JSON, now (ms), why, seconds that an ended deployment is kept
 */
const cancelScript = `
local state = redis.call('HGET', KEYS[1], 'state')
${endedTable}
if not state or state == 'failed' or ended[state] then return state end
redis.call('HSET', KEYS[1], 'cancel', ARGV[1])
if state == 'queued' then
  redis.call('HSET', KEYS[1], 'state', 'cancelled', 'endedAt', ARGV[2], 'errorCode', 'CANCELLED', 'why', ARGV[3])
  redis.call('EXPIRE', KEYS[1], ARGV[4])
end
return state
`

/**
 * Puts an ended deployment back to the queue, as long as nothing newer is wanted. Returns its state before and the
 * deployment that is wanted now.
 * KEYS: want, deployment, changes; ARGV: id, then the states from which it may come back
 */
const reopenScript = `
local state = redis.call('HGET', KEYS[2], 'state')
local newest = redis.call('HGET', KEYS[1], 'deployment')
if not state or newest ~= ARGV[1] then return { state or '', newest or '' } end
for at = 2, #ARGV do
  if state == ARGV[at] then
    redis.call('INCR', KEYS[3])
    redis.call('HSET', KEYS[2], 'state', 'queued')
    redis.call('HDEL', KEYS[2], 'endedAt', 'errorCode', 'why', 'cancel')
    redis.call('PERSIST', KEYS[2])
  end
end
return { state, newest }
`

/**
 * What is wanted of many projects and how far it has come, in one call, so that looking after a thousand projects
 * costs no more commands than looking after ten.
 * KEYS: wants; ARGV: prefix of deployment keys. Returns seq, deployment, state, rollout, home for each, empty texts
 * where there is nothing.
 */
const surveyScript = `
local result = {}
for at = 1, #KEYS do
  local want = redis.call('HMGET', KEYS[at], 'seq', 'deployment', 'rollout', 'home')
  local state = want[2] and redis.call('HGET', ARGV[1] .. want[2], 'state')
  result[at] = { want[1] or '', want[2] or '', state or '', want[3] or '', want[4] or '' }
end
return result
`

/**
 * Makes every later seq of a project larger than one that its host has dealt with. After Redis lost what it knew, a
 * push that was accepted since may have a smaller one, because the clock went back; it is the newer all the same, and
 * is moved in front.
 * KEYS: want; ARGV: seq on the host, prefix of deployment keys, "1" when Redis lost what it knew
 */
const raiseScript = `
local floor = tonumber(ARGV[1])
local want = redis.call('HMGET', KEYS[1], 'seq', 'deployment', 'floor')
if tonumber(want[3] or '0') < floor then redis.call('HSET', KEYS[1], 'floor', string.format('%.0f', floor)) end
if ARGV[3] ~= '1' or not want[1] or tonumber(want[1]) > floor then return 0 end
local key = ARGV[2] .. want[2]
if redis.call('HGET', key, 'state') ~= 'queued' then return 0 end
local seq = string.format('%.0f', floor + 1)
redis.call('HSET', KEYS[1], 'seq', seq, 'floor', seq)
redis.call('HSET', key, 'seq', seq)
return 1
`

/** The scripts by the names that the client gives them. */
export const scripts = {
  slipwayAccept: { lua: acceptScript },
  slipwayOpenRollout: { lua: openRolloutScript, numberOfKeys: 2 },
  slipwayNextSeq: { lua: nextSeqScript, numberOfKeys: 1 },
  slipwayTake: { lua: takeScript, numberOfKeys: 2 },
  slipwayWait: { lua: waitScript, numberOfKeys: 1 },
  slipwayCancel: { lua: cancelScript, numberOfKeys: 1 },
  slipwayReopen: { lua: reopenScript, numberOfKeys: 3 },
  slipwaySurvey: { lua: surveyScript },
  slipwayRaise: { lua: raiseScript, numberOfKeys: 1 },
}

declare module 'ioredis' {
  interface RedisCommander<Context> {
    /** The number of keys comes first. */
    slipwayAccept(keys: number, ...args: (string | number)[]): Result<[string, number, number][], Context>
    slipwayOpenRollout(...args: (string | number)[]): Result<[string, string | null], Context>
    slipwayNextSeq(want: string, now: number): Result<string, Context>
    slipwayTake(
      want: string,
      changes: string,
      prefix: string,
      now: number,
      kept: number,
      expected: string,
    ): Result<[string[], string] | null, Context>
    slipwayWait(deployment: string, why: string): Result<number, Context>
    slipwayCancel(
      deployment: string,
      request: string,
      now: number,
      why: string,
      kept: number,
    ): Result<string | null, Context>
    slipwayReopen(
      want: string,
      deployment: string,
      changes: string,
      id: string,
      ...from: string[]
    ): Result<[string, string], Context>
    /** The number of keys comes first. */
    slipwaySurvey(keys: number, ...args: string[]): Result<string[][], Context>
    slipwayRaise(want: string, seq: number, prefix: string, isLost: string): Result<number, Context>
  }
}
