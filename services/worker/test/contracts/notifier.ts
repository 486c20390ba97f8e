import type { NoticeKind } from '@slipway/core'
import { describe, expect, it } from 'vitest'
import type { Notice, Notifier } from '../../src/ports/notifier.ts'

export interface NotifierFixture {
  /** Of a receiver that wants to hear of `drift` and `failed`. */
  readonly notifier: Notifier
  /** What the receiver has heard so far. */
  readonly heard: () => readonly Notice[]
}

export function noticeOf(event: NoticeKind, more: Partial<Notice> = {}): Notice {
  return { event, project: 'shop', host: 'web1', at: 5, text: 'slipway: something', ...more }
}

/** What every Notifier keeps. */
export function describeNotifier(name: string, make: () => Promise<NotifierFixture>): void {
  describe(`${name} as a notifier`, () => {
    it('tells of the events that a receiver wants to hear of, in order, and of no other', async () => {
      const { notifier, heard } = await make()
      const notices = [
        noticeOf('drift', { release: '1-abc', details: { counts: { added: 1 } } }),
        noticeOf('live'),
        noticeOf('failed', { deployment: 'd1' }),
      ]

      for (const notice of notices) notifier.tell(notice)

      await expect.poll(heard).toEqual([notices[0], notices[2]])
      await notifier.close(0)
    })

    it('lets what is told in time get through before it closes', async () => {
      const { notifier, heard } = await make()
      notifier.tell(noticeOf('drift'))

      await notifier.close(5_000)

      expect(heard()).toEqual([noticeOf('drift')])
    })
  })
}
