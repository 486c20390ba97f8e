import {
  keyPrefix,
  maintenanceQueueName,
  type PruneRecord,
  pruneKinds,
  type RunAnswer,
  type RunRequest,
  readRunRequest,
  runNames,
  type ScheduleName,
  scheduleNames,
} from '@slipway/core'
import { createJobEnds } from '@slipway/store'
import { onTestFinished } from 'vitest'
import type { Desk } from './desk.ts'

/** Answers what is asked of a host, as its worker does; gives what it was asked. */
export function answerRuns(
  { redis: { connection } }: Desk,
  host: string,
  more: Partial<RunAnswer> | ((asked: RunRequest) => Partial<RunAnswer>) = {},
): { readonly name: ScheduleName; readonly asked: RunRequest }[] {
  const queue = `${keyPrefix(host)}:${maintenanceQueueName(host)}`
  const answered = new Set<string>()
  const seen: { name: ScheduleName; asked: RunRequest }[] = []
  const look = async () => {
    for (const id of await connection.lrange(`${queue}:wait`, 0, -1)) {
      if (answered.has(id)) continue
      answered.add(id)
      const [data, job] = await connection.hmget(`${queue}:${id}`, 'data', 'name')
      const asked = readRunRequest(JSON.parse(data ?? ''))
      const name = scheduleNames.find((one) => runNames[one] === job)
      if (!asked || !name) throw new Error('no request')
      seen.push({ name, asked })
      const ended = { outcome: 'done', errorCode: null, why: null, prune: null } as const
      const facts = typeof more === 'function' ? more(asked) : more
      await createJobEnds(connection, host).keep(
        { host, name, startedAt: 5, milliseconds: 1_500, by: asked.by, ...ended, ...facts },
        asked.request,
      )
    }
  }
  const timer = setInterval(() => void look(), 20)
  onTestFinished(() => clearInterval(timer))
  return seen
}

/** What a prune that deleted one image did. */
export function pruneRecord(host: string, more: Partial<PruneRecord> = {}): PruneRecord {
  const counts = Object.fromEntries(
    pruneKinds.map((kind) => [kind, { kept: 0, deleted: 0, failed: 0 }]),
  ) as Record<(typeof pruneKinds)[number], { kept: number; deleted: number; failed: number }>
  counts.image = { kept: 1, deleted: 1, failed: 0 }
  const image = { kind: 'image', project: null, bytes: 1.4e9 } as const
  return {
    ...{ host, startedAt: Date.UTC(2026, 10, 24, 3), milliseconds: 12_000, cause: 'command', by: 'ada@desk' },
    ...{ isDryRun: false, outcome: 'done', errorCode: null, why: null, counts },
    deleted: [{ ...image, id: 'sha256:a', name: 'old:1', keep: false, why: 'no container uses it' }],
    deletedMore: 0,
    kept: [{ ...image, id: 'sha256:b', name: 'shop:2', project: 'shop', keep: true, why: 'release of shop' }],
    keptMore: 0,
    problems: [],
    freedBytes: 1.4e9,
    before: [],
    after: [
      { of: 'engine', path: '/var/lib/docker', bytes: 100e9, freeBytes: 30e9, inodes: 0, freeInodes: 0 },
    ],
    advice: null,
    ...more,
  }
}
