import type { RedisClient } from './connection.ts'

const waiting = new WeakSet<object>()

/**
 * Lets the commands of one turn of the event loop go out in one write: Redis then does them together, with one look at the
 * disk, where the second would wait for that of the first. Nothing waits longer than the turn.
 */
export function inOneWrite(redis: RedisClient): void {
  if (isCluster(redis)) return
  // The stream is another one after each connect, and none before the first.
  const { stream } = redis
  if (!stream || waiting.has(stream)) return
  waiting.add(stream)
  stream.cork()
  setImmediate(() => {
    waiting.delete(stream)
    stream.uncork()
  })
}

function isCluster(redis: RedisClient): redis is Exclude<RedisClient, { readonly stream: unknown }> {
  return redis.isCluster
}
