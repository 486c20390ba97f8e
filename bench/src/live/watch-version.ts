import { Agent } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { ask } from './ask.ts'

const patience = 120_000

/**
 * Asks a site once a millisecond until another version answers than `from`.
 * @returns when its answer had come, in milliseconds since 1970 with fractions, and which it was
 */
export async function untilItChanges(url: string, from: string): Promise<{ at: number; version: string }> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const deadline = now() + patience
  try {
    while (now() < deadline) {
      const version = await ask(url, agent)
      if (version !== from) return { at: now(), version }
      await delay(1)
    }
    throw new Error(`${url} is still ${from} after ${patience} ms`)
  } finally {
    agent.destroy()
  }
}

export function now(): number {
  return performance.timeOrigin + performance.now()
}
