// The floor: a Fastify route that adds one job and answers. Nothing is proven, parsed, matched or recorded.
import { Queue } from 'bullmq'
import Fastify from 'fastify'
import { Redis } from 'ioredis'

const [url = '', port = '0'] = process.argv.slice(2)
const redis = new Redis(url, { maxRetriesPerRequest: 1 })
const queue = new Queue('floor', { connection: redis, prefix: 'floor' })
const app = Fastify({ bodyLimit: 1_048_576 })
app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))

app.post('/', async (_request, reply) => {
  const job = await queue.add('deploy', { project: 'site' }, { removeOnComplete: true })
  return reply.code(202).send({ outcome: 'queued', id: job.id })
})

process.once('SIGTERM', async () => {
  await app.close()
  redis.disconnect()
})
await app.listen({ host: '127.0.0.1', port: Number(port) })
process.stdout.write(`${JSON.stringify({ msg: 'ready' })}\n`)
