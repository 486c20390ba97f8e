import type { NoticeKind } from '@slipway/core'
import type { Notice, Notifier } from '../../src/ports/notifier.ts'

export interface RecordingNotifier extends Notifier {
  readonly told: Notice[]
}

/** Writes down what is told of these events. */
export function createRecordingNotifier(events: readonly NoticeKind[]): RecordingNotifier {
  const told: Notice[] = []
  return {
    told,
    tell: (notice) => void (events.includes(notice.event) && told.push(notice)),
    close: async () => {},
  }
}
