import { deployQueueName, keyPrefix } from '@slipway/core'

/**
 * Where BullMQ keeps what tells whether a project's nudge waits already. This is BullMQ's own layout, which no API of it
 * tells inside a script: a test holds it against the installed version.
 */
export function nudgeKeysOf(host: string) {
  const queue = `${keyPrefix(host)}:${deployQueueName(host)}`
  return {
    /** Text: the id of the job that a further nudge of the project would be folded into. */
    current: (project: string) => `${queue}:de:${project}`,
    /** List: jobs that workers have. */
    active: `${queue}:active`,
    /** Sorted set: jobs that wait for a time. */
    delayed: `${queue}:delayed`,
    /** The rest of the key of a job is its id. */
    jobs: `${queue}:`,
  } as const
}

/**
 * Lua that defines `isNudged`, of the key of a project's current job: true when a further nudge would change nothing,
 * because a job of the project is there which no worker has taken and which waits for no time. Whoever takes it reads
 * what is wanted afterwards.
 */
export function isNudgedLua(active: string, delayed: string, jobs: string): string {
  // Most are jobs that no worker has ever had and that were given no delay, which their own key tells.
  return `
local function isNudged(current)
  local job = redis.call('GET', current)
  if not job then return false end
  local known = redis.call('HMGET', ${jobs} .. job, 'delay', 'finishedOn', 'processedOn')
  if not known[1] or known[2] then return false end
  if not known[3] and known[1] == '0' then return true end
  return not redis.call('ZSCORE', ${delayed}, job) and not redis.call('LPOS', ${active}, job)
end`
}
