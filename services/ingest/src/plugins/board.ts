import { createBullBoard } from '@bull-board/api'
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter'
import { FastifyAdapter } from '@bull-board/fastify'
import { deployQueueName, keyPrefix, maintenanceQueueName } from '@slipway/core'
import type { RedisClient } from '@slipway/store'
import { Queue } from 'bullmq'
import type { FastifyInstance } from 'fastify'

/** Where the board is on its listener. */
export const boardPath = '/queues'

/** The queues that the board shows, two for each host. They share the connection and do not close it. */
export function openBoardQueues(redis: RedisClient, hosts: readonly string[]): Queue[] {
  return hosts.flatMap((host) =>
    [deployQueueName(host), maintenanceQueueName(host)].map((name) => openQueue(redis, host, name)),
  )
}

function openQueue(redis: RedisClient, host: string, name: string): Queue {
  const queue = new Queue(name, { connection: redis, prefix: keyPrefix(host), skipWaitingForReady: true })
  // Without a listener an error event would end the process; the board's own call hears of it.
  queue.on('error', () => {})
  return queue
}

/** Bull Board. It asks nobody who they are: the listener it is put on has to. */
export function showBoard(app: FastifyInstance, queues: readonly Queue[]): void {
  const serverAdapter = new FastifyAdapter()
  createBullBoard({
    queues: queues.map((queue) => new BullMQAdapter(queue)),
    serverAdapter,
    options: {
      uiConfig: {
        boardTitle: 'slipway',
        hideDocsLink: true,
        miscLinks: [{ text: 'Log out', url: '/logout' }],
      },
    },
  })
  serverAdapter.setBasePath(boardPath)
  app.register(serverAdapter.registerPlugin(), { prefix: boardPath })
}
