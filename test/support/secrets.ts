import type { FaultStack } from './fault-stack.ts'

/** Everything that slipway wrote down, in Redis and in the logs of its processes. */
export async function everythingSaid(stack: FaultStack): Promise<string> {
  const said = [...stack.workers(), stack.ingest()].flatMap(({ lines }) => lines())
  const keys = await stack.redis.keys('*')
  const values = await Promise.all(keys.map(async (key) => `${key} ${await contentOf(stack, key)}`))
  return [...said, ...values].join('\n')
}

/** The forms that a password takes: itself, in a URL, in JSON, and in Basic authentication. */
export function formsOf(username: string, password: string): string[] {
  return [
    password,
    encodeURIComponent(password),
    JSON.stringify(password).slice(1, -1),
    Buffer.from(password).toString('base64').replace(/=+$/, ''),
    Buffer.from(`${username}:${password}`).toString('base64'),
  ]
}

async function contentOf({ redis }: FaultStack, key: string): Promise<string> {
  const type = await redis.type(key)
  if (type === 'hash')
    return Object.entries(await redis.hgetall(key))
      .flat()
      .join(' ')
  if (type === 'list') return (await redis.lrange(key, 0, -1)).join(' ')
  if (type === 'zset') return (await redis.zrange(key, '0', '-1')).join(' ')
  if (type === 'set') return (await redis.smembers(key)).join(' ')
  if (type === 'stream') return (await redis.xrange(key, '-', '+')).flat(2).join(' ')
  return (await redis.get(key)) ?? ''
}
