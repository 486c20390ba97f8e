import { limits } from './limits.ts'
import { isNudgedLua } from './waiting-nudge.ts'

/** How many keys and arguments each part has. */
const keysOfPart = 9
const valuesOfPart = 17

/**
 * Moves `want` forward, writes the deployment and the ledger, and closes the deployment that waited until now: one
 * script, so that no crash leaves half of it. The seq comes from the clock and not from a counter, so that it goes on
 * growing over an emptied Redis; a host's part of a rollout brings the seq of the rollout, and where a newer push
 * arrived before it, it ends at once. A part that is here already stays as it is: that is how a repetition is known.
 * Returns the seq, whether the part is new, and whether a nudge is needed; a repetition needs one while nobody has
 * begun its deployment, since the first try may have ended before its nudge. The deployment is written last: where a
 * command before it fails, nothing is taken for done.
 *
 * Several parts of a host go in one call, each with keys and arguments of its own, since a call costs Redis as much as
 * what is done in it; what goes wrong with one is told of that one. Redis does nothing else meanwhile, so it is short:
 * few commands with few arguments, and the oldest go many at a time.
 * KEYS: want, ledger, deployments of the project, new deployment, newest seq, changes, the three of a waiting nudge
 * ARGV: now (µs), now (ms), id, project, host, image, tag, digest, trigger, seq of the rollout or of the fleet, id and
 *       home of the rollout, each empty without one, "1" when somebody insists, where a rollback leads, as JSON, else
 *       empty, prefixes of the keys of deployments, of jobs and of logs
 */
export const acceptScript = `
local call = redis.call
local isChanged = false
local function accept(k, a)
${isNudgedLua('KEYS[k + 7]', 'KEYS[k + 8]', 'KEYS[k + 9]', 'ARGV[a + 16]')}
local own = call('HMGET', KEYS[k + 4], 'seq', 'state', 'attempts')
if own[1] then
  local isLeft = own[2] == 'queued' and not own[3] and not isNudged()
  return { own[1], 0, isLeft and 1 or 0 }
end
local id, prefix = ARGV[a + 3], ARGV[a + 15]
local want = call('HMGET', KEYS[k + 1], 'seq', 'deployment')
local last, earlier = tonumber(want[1] or '0'), want[2]
local given = tonumber(ARGV[a + 10])
local floor = tonumber(call('GET', KEYS[k + 5]) or '0')
local seq = string.format('%.0f', given or math.max(tonumber(ARGV[a + 1]), last + 1, floor + 1))
local function record()
  call('HSET', KEYS[k + 4], 'id', id, 'seq', seq, 'state', 'queued', 'acceptedAt', ARGV[a + 2], 'project', ARGV[a + 4],
    'host', ARGV[a + 5], 'image', ARGV[a + 6], 'tag', ARGV[a + 7], 'digest', ARGV[a + 8], 'trigger', ARGV[a + 9])
  if ARGV[a + 11] ~= '' then call('HSET', KEYS[k + 4], 'rollout', ARGV[a + 11], 'home', ARGV[a + 12]) end
  if ARGV[a + 14] ~= '' then call('HSET', KEYS[k + 4], 'back', ARGV[a + 14]) end
end
call('ZADD', KEYS[k + 3], seq, id)
local over = call('ZCARD', KEYS[k + 3]) - ${limits.deploymentsPerProject}
if over > ${limits.deploymentsTrimmed} then
  for _, old in ipairs(call('ZRANGE', KEYS[k + 3], 0, over - 1)) do
    if call('TTL', prefix .. old) > ${limits.rememberedSeconds} then
      call('EXPIRE', prefix .. old, ${limits.rememberedSeconds})
      call('EXPIRE', ARGV[a + 17] .. old, ${limits.rememberedSeconds})
    end
  end
  call('ZREMRANGEBYRANK', KEYS[k + 3], 0, over - 1)
end
isChanged = true
call('XADD', KEYS[k + 2], 'MAXLEN', '~', ${limits.ledgerEntries}, '*', 'seq', seq, 'deployment', id, 'project', ARGV[a + 4],
  'image', ARGV[a + 6], 'tag', ARGV[a + 7], 'digest', ARGV[a + 8], 'trigger', ARGV[a + 9])
if given and given <= last then
  record()
  call('HSET', KEYS[k + 4], 'state', 'superseded', 'endedAt', ARGV[a + 2], 'supersededBy', earlier,
    'why', 'a newer push arrived on this host first')
  call('EXPIRE', KEYS[k + 4], ${limits.endedSeconds})
  return { seq, 1, 0 }
end
if earlier then
  local key = prefix .. earlier
  if call('HGET', key, 'state') == 'queued' then
    local newer = ARGV[a + 14] == '' and 'a newer push arrived' or 'a rollback was asked for'
    call('HSET', key, 'state', 'superseded', 'endedAt', ARGV[a + 2], 'supersededBy', id, 'errorCode', '',
      'why', newer .. ' before this one was started')
    call('EXPIRE', key, ${limits.endedSeconds})
  end
end
call('HSET', KEYS[k + 1], 'seq', seq, 'deployment', id, 'project', ARGV[a + 4], 'host', ARGV[a + 5], 'image', ARGV[a + 6],
  'tag', ARGV[a + 7], 'digest', ARGV[a + 8], 'force', ARGV[a + 13], 'rollout', ARGV[a + 11], 'home', ARGV[a + 12], 'back', ARGV[a + 14])
record()
return { seq, 1, isNudged() and 0 or 1 }
end
local results = {}
for part = 0, #KEYS / ${keysOfPart} - 1 do
  local isDone, result = pcall(accept, part * ${keysOfPart}, part * ${valuesOfPart})
  if not isDone then result = { type(result) == 'table' and result.err or tostring(result), -1, 0 } end
  results[part + 1] = result
end
if isChanged then call('INCR', KEYS[6]) end
return results
`
