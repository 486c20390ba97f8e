import { describe, expect, it } from 'vitest'
import { type MaintenanceWindow, windowState } from './windows.ts'

const hour = 3_600_000
const time = (text: string) => Date.parse(text)
const nightly: MaintenanceWindow = { cron: '0 22 * * *', duration: 4 * hour }

describe('windowState', () => {
  it('is always open without windows', () => {
    expect(windowState([], time('2026-11-23T12:00:00Z'))).toEqual({ open: true })
  })

  it.each([
    ['closed a moment before it opens', '2026-11-23T21:59:59.999Z', '2026-11-23T22:00:00Z'],
    ['open exactly when it opens', '2026-11-23T22:00:00.000Z', null],
    ['open over midnight', '2026-11-24T00:30:00.000Z', null],
    ['open a moment before it closes', '2026-11-24T01:59:59.999Z', null],
    ['closed exactly when it closes', '2026-11-24T02:00:00.000Z', '2026-11-24T22:00:00Z'],
  ])('is %s', (_, now, opensAt) => {
    expect(windowState([nightly], time(now))).toEqual(
      opensAt === null ? { open: true } : { open: false, opensAt: time(opensAt) },
    )
  })

  it('is open when one of several is, and else tells the first that opens', () => {
    const noon: MaintenanceWindow = { cron: '0 12 * * 1-5', duration: hour }

    expect(windowState([nightly, noon], time('2026-11-23T12:30:00Z'))).toEqual({ open: true })
    expect(windowState([nightly, noon], time('2026-11-23T22:30:00Z'))).toEqual({ open: true })
    expect(windowState([nightly, noon], time('2026-11-23T03:00:00Z'))).toEqual({
      open: false,
      opensAt: time('2026-11-23T12:00:00Z'),
    })
    expect(windowState([nightly, noon], time('2026-11-22T03:00:00Z'))).toEqual({
      open: false,
      opensAt: time('2026-11-22T22:00:00Z'),
    })
  })

  it('reckons each window in its own zone', () => {
    const shanghai = { ...nightly, timezone: 'Asia/Shanghai' }
    const newYork = { ...nightly, timezone: 'America/New_York' }

    expect(windowState([shanghai], time('2026-11-23T14:00:00Z'))).toEqual({ open: true })
    expect(windowState([newYork], time('2026-11-23T14:00:00Z'))).toEqual({
      open: false,
      opensAt: time('2026-11-24T03:00:00Z'),
    })
    expect(windowState([newYork, shanghai], time('2026-11-23T18:00:00Z'))).toEqual({
      open: false,
      opensAt: time('2026-11-24T03:00:00Z'),
    })
  })

  it('never closes when it stays open for longer than the pause between two times', () => {
    const often: MaintenanceWindow = { cron: '*/15 * * * *', duration: hour, timezone: 'Europe/Berlin' }

    for (const from of ['2026-03-28T22:00:00Z', '2026-06-01T00:00:00Z', '2026-10-24T22:00:00Z'])
      for (let minute = 0; minute < 360; minute += 7)
        expect(windowState([often], time(from) + minute * 60_000 + 1)).toEqual({ open: true })
  })

  it.each([
    ['opens where the clocks skip its hour', '2026-03-29T01:30:00Z', true],
    ['stays open as long as on other days there', '2026-03-29T02:29:59Z', true],
    ['closes there', '2026-03-29T02:30:00Z', false],
    ['opens when its hour comes for the first time', '2026-10-25T00:30:00Z', true],
    ['has closed when its hour comes again', '2026-10-25T01:30:00Z', false],
  ])('%s', (_, now, open) => {
    const window = { cron: '30 2 * * *', duration: hour, timezone: 'Europe/Berlin' }

    expect(windowState([window], time(now)).open).toBe(open)
  })

  it('opens on the day on which the clocks skip midnight', () => {
    const window = { cron: '0 0 * * *', duration: 2 * hour, timezone: 'Asia/Beirut' }

    expect(windowState([window], time('2026-03-28T22:30:00Z'))).toEqual({ open: true })
    expect(windowState([window], time('2026-03-29T12:00:00Z'))).toEqual({
      open: false,
      opensAt: time('2026-03-29T21:00:00Z'),
    })
  })
})
