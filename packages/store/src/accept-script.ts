import { limits } from './limits.ts'
import { isNudgedLua } from './waiting-nudge.ts'

/** How many arguments the host has before those of its parts, and each part. */
const valuesOfHost = 8
const valuesOfPart = 7

/**
 * Moves `want` forward, writes the deployment and the ledger, and closes the deployment that waited until now: one
 * script, so that no crash leaves half of it. The seq comes from the clock and not from a counter, so that it goes on
 * growing over an emptied Redis; a host's part of a rollout brings the seq of the rollout, and where a newer push
 * arrived before it, it ends at once. A part that is here already stays as it is: that is how a repetition is known.
 * Returns the seq, whether the part is new, and whether a nudge is needed; a repetition needs one while nobody has
 * begun its deployment, since the first try may have ended before its nudge. The deployment is written last: where a
 * command before it fails, nothing is taken for done.
 *
 * Several parts of a host go in one call, since a call costs Redis as much as what is done in it; what goes wrong with
 * one is told of that one. Redis does nothing else meanwhile, so it is short: few commands with few arguments, the keys
 * of projects made here from what the host's begin with, and the oldest go many at a time.
 * KEYS: changes, ledger, active and delayed jobs of the host
 * ARGV: now (µs), now (ms), what the keys of wants, of deployments, of the histories of projects, of logs,
 *       of current nudges and of jobs begin with; then of each part: id, project, what was accepted, as
 *       JSON, seq of the rollout or of the fleet, id and home of the rollout, each empty without one, "1" when it is
 *       a rollback
 */
export const acceptScript = `
local call = redis.call
local now, nowMs, prefix = tonumber(ARGV[1]), ARGV[2], ARGV[4]
local isChanged = false
${isNudgedLua('KEYS[3]', 'KEYS[4]', 'ARGV[8]')}
local function insert(history, seq, id)
local ids = call('LRANGE', history, -${limits.deploymentsTrimmed}, -1)
local at = #ids
if at == 0 then return call('RPUSH', history, id) end
while at > 1 and tonumber(call('HGET', prefix .. ids[at - 1], 'seq') or '0') > seq do at = at - 1 end
return call('LINSERT', history, 'BEFORE', ids[at], id)
end
local function accept(id, project, accepted, given, rollout, home, back)
local key, nudge = prefix .. id, ARGV[7] .. project
if call('HEXISTS', key, 'seq') == 1 then
  local own = call('HMGET', key, 'seq', 'state', 'attempts')
  local isLeft = own[2] == 'queued' and not own[3] and not isNudged(nudge)
  return { own[1], 0, isLeft and 1 or 0 }
end
local wantKey, history = ARGV[3] .. project, ARGV[5] .. project
local want = call('HMGET', wantKey, 'seq', 'deployment', 'rollout', 'floor')
local last, earlier = tonumber(want[1] or '0'), want[2]
given = tonumber(given)
local seq = string.format('%.0f', given or math.max(now, last + 1, tonumber(want[4] or '0') + 1))
isChanged = true
call('XADD', KEYS[2], 'MAXLEN', '~', '${limits.ledgerEntries}', '*', 'deployment', id, 'project', project)
local isLate = given and given <= last
local over = (isLate and insert(history, given, id) or call('RPUSH', history, id)) - ${limits.deploymentsPerProject}
if over > ${limits.deploymentsTrimmed} then
  for _, old in ipairs(call('LRANGE', history, 0, over - 1)) do
    if call('TTL', prefix .. old) > ${limits.rememberedSeconds} then
      call('EXPIRE', prefix .. old, '${limits.rememberedSeconds}')
      call('EXPIRE', ARGV[6] .. old, '${limits.rememberedSeconds}')
    end
  end
  call('LTRIM', history, over, -1)
end
if isLate then
  call('HSET', key, 'seq', seq, 'state', 'superseded', 'accepted', accepted, 'endedAt', nowMs,
    'supersededBy', earlier, 'why', 'a newer push arrived on this host first')
  call('EXPIRE', key, '${limits.endedSeconds}')
  return { seq, 1, 0 }
end
if earlier then
  local old = prefix .. earlier
  if call('HGET', old, 'state') == 'queued' then
    local newer = back == '' and 'a newer push arrived' or 'a rollback was asked for'
    call('HSET', old, 'state', 'superseded', 'endedAt', nowMs, 'supersededBy', id, 'errorCode', '',
      'why', newer .. ' before this one was started')
    call('EXPIRE', old, '${limits.endedSeconds}')
  end
end
call('HSET', wantKey, 'seq', seq, 'deployment', id, 'accepted', accepted)
if rollout ~= (want[3] or '') then call('HSET', wantKey, 'rollout', rollout, 'home', home) end
call('HSET', key, 'seq', seq, 'state', 'queued', 'accepted', accepted)
return { seq, 1, isNudged(nudge) and 0 or 1 }
end
local results = {}
for part = 0, (#ARGV - ${valuesOfHost}) / ${valuesOfPart} - 1 do
  local from = ${valuesOfHost} + part * ${valuesOfPart}
  local isDone, result = pcall(accept, unpack(ARGV, from + 1, from + ${valuesOfPart}))
  if not isDone then result = { type(result) == 'table' and result.err or tostring(result), -1, 0 } end
  results[part + 1] = result
end
if isChanged then call('INCR', KEYS[1]) end
return results
`
