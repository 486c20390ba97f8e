import { randomUUID } from 'node:crypto'
import { pushBody, type Sites } from '../sites.ts'
import type { WebhookCall } from './load.ts'

const mark = '{event}'

/** Calls about pushes, each the first of its event unless an event is given; cheap to make. */
export function createPushCalls({ headers, names }: Sites) {
  const parts = names.map((name) => pushBody(name, mark).split(mark))
  return (site: number, status = 202, event: string = randomUUID()): WebhookCall => {
    const [before = '', after = ''] = parts[site % parts.length] ?? []
    return { body: `${before}${event}${after}`, headers, status }
  }
}
