import { createRedisServer } from '@slipway/lab'
import { connectWaiting } from '@slipway/store'
import { fastify } from 'fastify'
import { expect, it } from 'vitest'
import { openBoardQueues, showBoard } from './board.ts'

it('the board shows the deploys and the maintenance of each host', async () => {
  const server = await createRedisServer()
  await server.start()
  const redis = connectWaiting({ url: server.url, username: undefined, password: undefined })
  const queues = openBoardQueues(redis, ['web1', 'web2'])
  const app = fastify()
  showBoard(app, queues)

  const answer = await app.inject('/queues/api/queues')

  const names = answer.json().queues.map(({ name }: { name: string }) => name)
  expect(names).toEqual(['deploy-web1', 'maintenance-web1', 'deploy-web2', 'maintenance-web2'])
  await app.close()
  await Promise.all(queues.map((queue) => queue.close()))
  redis.disconnect()
  await server.stop()
})
