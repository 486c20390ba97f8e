import type { Result } from 'ioredis'

/**
 * Moves `want` forward, writes the deployment and the ledger, and closes the deployment that waited until now: one
 * script, so that no crash leaves half of it. The seq comes from the clock and not from a counter, so that it goes on
 * growing over an emptied Redis.
 * KEYS: want, ledger, deployments of the project, new deployment
 * ARGV: now (µs), now (ms), id, project, host, image, tag, digest, trigger, prefix of deployment keys, ledger length,
 *       deployments kept, seconds that an ended deployment is kept, "1" when somebody insists
 */
export const acceptScript = `
local last = tonumber(redis.call('HGET', KEYS[1], 'seq') or '0')
local seq = string.format('%.0f', math.max(tonumber(ARGV[1]), last + 1))
local earlier = redis.call('HGET', KEYS[1], 'deployment')
if earlier then
  local key = ARGV[10] .. earlier
  if redis.call('HGET', key, 'state') == 'queued' then
    redis.call('HSET', key, 'state', 'superseded', 'endedAt', ARGV[2], 'supersededBy', ARGV[3],
      'why', 'a newer push arrived before this one was started')
    redis.call('EXPIRE', key, ARGV[13])
  end
end
redis.call('HSET', KEYS[1], 'seq', seq, 'deployment', ARGV[3], 'project', ARGV[4], 'host', ARGV[5], 'image', ARGV[6],
  'tag', ARGV[7], 'digest', ARGV[8], 'force', ARGV[14])
redis.call('HSET', KEYS[4], 'id', ARGV[3], 'project', ARGV[4], 'host', ARGV[5], 'seq', seq, 'image', ARGV[6],
  'tag', ARGV[7], 'digest', ARGV[8], 'trigger', ARGV[9], 'state', 'queued', 'acceptedAt', ARGV[2])
redis.call('ZADD', KEYS[3], seq, ARGV[3])
redis.call('ZREMRANGEBYRANK', KEYS[3], 0, -1 - tonumber(ARGV[12]))
redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[11], '*', 'seq', seq, 'deployment', ARGV[3], 'project', ARGV[4],
  'image', ARGV[6], 'tag', ARGV[7], 'digest', ARGV[8], 'trigger', ARGV[9])
return seq
`

/**
 * Reads what is wanted now and marks its deployment as begun, in one script: an accept that comes a moment later finds
 * it begun and leaves its end to the worker. What has ended is only told, not begun again; a failed one may be. The
 * caller has the project to itself, so a deployment that was begun before and has no end was left by a dead worker:
 * it ends here, superseded.
 * KEYS: want; ARGV: prefix of deployment keys, now (ms), seconds that an ended deployment is kept
 */
export const takeScript = `
local want = redis.call('HGETALL', KEYS[1])
if #want == 0 then return false end
local deployment = redis.call('HGET', KEYS[1], 'deployment')
local ended = { live = 1, ['live-with-warnings'] = 1, ['already-live'] = 1, superseded = 1, ['rolled-back'] = 1,
  cancelled = 1, ['needs-operator'] = 1 }
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
  redis.call('HSET', KEYS[1], 'begun', deployment)
  redis.call('HSETNX', key, 'startedAt', ARGV[2])
  redis.call('HINCRBY', key, 'attempts', 1)
  redis.call('HSET', key, 'state', 'resolve')
  redis.call('HDEL', key, 'endedAt', 'errorCode', 'why')
  redis.call('PERSIST', key)
end
return { want, state }
`

declare module 'ioredis' {
  interface RedisCommander<Context> {
    slipwayAccept(...args: (string | number)[]): Result<string, Context>
    slipwayTake(
      want: string,
      prefix: string,
      now: number,
      kept: number,
    ): Result<[string[], string] | null, Context>
  }
}
