import { createBullBoard } from '@bull-board/api'
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter'
import { FastifyAdapter } from '@bull-board/fastify'
import { deployQueueName, keyPrefix } from '@slipway/core'
import { Queue } from 'bullmq'
import type { FastifyInstance } from 'fastify'
import type { Redis } from 'ioredis'

/** Where the board is on its listener. */
export const boardPath = '/queues'

/** The queues that the board shows, one for each host. They share the connection and do not close it. */
export function openBoardQueues(redis: Redis, hosts: readonly string[]): Queue[] {
  return hosts.map((host) => {
    const queue = new Queue(deployQueueName(host), {
      connection: redis,
      prefix: keyPrefix(host),
      skipWaitingForReady: true,
    })
    // Without a listener an error event would end the process; the board's own call hears of it.
    queue.on('error', () => {})
    return queue
  })
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
