import { CronExpressionParser } from 'cron-parser'
import { describe, expect, it } from 'vitest'
import { lastTime, nextTime, refuseCron } from './cron.ts'

const time = (text: string) => Date.parse(text)
const iso = (at: number) => new Date(at).toISOString()

describe('refuseCron', () => {
  it.each([
    '* * * * *',
    '0 3 * * 1-5',
    '0 3 * * mon-fri',
    '15 0 3 * * thu',
    '  0\t3 * * *  ',
    '0 0 29 2 *',
    '0 0 L * *',
    '0 0 * * 1#2',
  ])('takes "%s"', (cron) => {
    expect(refuseCron({ cron })).toBeNull()
  })

  it.each([
    ['nothing', ''],
    ['four fields', '0 3 * *'],
    ['seven fields', '0 0 3 * * * 2026'],
    ['a nickname', '@daily'],
    ['words', 'every day at three o clock'],
    ['a minute that no hour has', '60 3 * * *'],
    ['a month that no year has', '0 3 1 13 *'],
    ['a range that goes back', '5-1 3 * * *'],
    ['a step of nothing', '*/0 * * * *'],
    ['a day that no February has', '0 0 30 2 *'],
    ['a day that neither month has', '0 0 31 4,6 *'],
    ['an hour that is drawn anew at each look', '0 H * * *'],
    ['a minute that is drawn anew at each look', '5,h(0-29)/10 * * * *'],
  ])('refuses %s', (_, cron) => {
    expect(refuseCron({ cron, timezone: 'Europe/Berlin' })).toEqual({
      field: 'cron',
      why: 'write five cron fields, such as "0 3 * * 1-5" (minute hour day month weekday)',
    })
  })

  it.each(['', 'Asia/Nowhere', 'local', 'UTC+8', ' Europe/Berlin', 'constructor', '__proto__'])(
    'refuses the zone "%s", whatever the cron is',
    (timezone) => {
      const refusal = {
        field: 'timezone',
        why: 'write the IANA name of a zone, such as "Asia/Shanghai"',
      }
      expect(refuseCron({ cron: '0 3 * * *', timezone })).toEqual(refusal)
      expect(refuseCron({ cron: 'never', timezone })).toEqual(refusal)
    },
  )
})

describe('nextTime and lastTime', () => {
  const daily = { cron: '0 3 * * *' }

  it.each([
    ['2026-11-23T03:00:00.000Z', '2026-11-23T03:00:00.000Z', '2026-11-24T03:00:00.000Z'],
    ['2026-11-23T03:00:00.001Z', '2026-11-23T03:00:00.000Z', '2026-11-24T03:00:00.000Z'],
    ['2026-11-23T02:59:59.999Z', '2026-11-22T03:00:00.000Z', '2026-11-23T03:00:00.000Z'],
    ['2026-12-31T23:59:59.999Z', '2026-12-31T03:00:00.000Z', '2027-01-01T03:00:00.000Z'],
  ])('at %s are %s and %s: the moment itself is past', (now, last, next) => {
    expect(iso(lastTime(daily, time(now)))).toBe(last)
    expect(iso(nextTime(daily, time(now)))).toBe(next)
  })

  it.each([
    ['Asia/Shanghai', '2026-11-22T19:00:00.000Z'],
    ['America/New_York', '2026-11-22T08:00:00.000Z'],
    ['Asia/Kathmandu', '2026-11-22T21:15:00.000Z'],
    [undefined, '2026-11-22T03:00:00.000Z'],
  ])('mean the hours of %s', (timezone, last) => {
    expect(iso(lastTime({ ...daily, timezone }, time('2026-11-22T22:00:00Z')))).toBe(last)
  })

  it('read six fields with the seconds first', () => {
    const rule = { cron: '30 0 3 * * *' }

    expect(iso(nextTime(rule, time('2026-11-23T03:00:29Z')))).toBe('2026-11-23T03:00:30.000Z')
  })

  it('find what fires every four years', () => {
    const rule = { cron: '0 0 29 2 *' }

    expect(iso(lastTime(rule, time('2026-11-23T00:00:00Z')))).toBe('2024-02-29T00:00:00.000Z')
    expect(iso(nextTime(rule, time('2026-11-23T00:00:00Z')))).toBe('2028-02-29T00:00:00.000Z')
  })
})

/** Every time at which a rule fires in a span, by going forward. */
function timesBetween(rule: { cron: string; timezone: string }, from: string, to: string): number[] {
  const times: number[] = []
  for (let at = nextTime(rule, time(from)); at < time(to); at = nextTime(rule, at)) times.push(at)
  return times
}

describe('where the clocks are changed', () => {
  const timezone = 'Europe/Berlin'

  it('an hour that is skipped counts as one hour later', () => {
    const times = timesBetween(
      { cron: '30 2 * * *', timezone },
      '2026-03-28T00:00:00Z',
      '2026-03-31T00:00:00Z',
    )

    expect(times.map(iso)).toEqual([
      '2026-03-28T01:30:00.000Z',
      '2026-03-29T01:30:00.000Z',
      '2026-03-30T00:30:00.000Z',
    ])
  })

  it('an hour that comes twice fires once', () => {
    const times = timesBetween(
      { cron: '30 2 * * *', timezone },
      '2026-10-24T12:00:00Z',
      '2026-10-26T12:00:00Z',
    )

    expect(times.map(iso)).toEqual(['2026-10-25T00:30:00.000Z', '2026-10-26T01:30:00.000Z'])
  })

  it.each(['2026-03-28T20:00:00Z', '2026-10-24T20:00:00Z'])(
    'every hour goes on being every hour (%s)',
    (from) => {
      const to = iso(time(from) + 12 * 3_600_000)
      const times = timesBetween({ cron: '0 * * * *', timezone }, from, to)

      expect(times.map(iso)).toEqual(
        Array.from({ length: 11 }, (_, at) => iso(time(from) + (at + 1) * 3_600_000)),
      )
    },
  )

  it.each([
    ['30 2 * * *', '2026-03-29'],
    ['0 * * * *', '2026-03-29'],
    ['30 2 * * *', '2026-10-25'],
    ['0 */2 * * *', '2026-10-25'],
    ['0 * * * *', '2026-10-25'],
  ])('goes forward over "%s" on %s as the queue does', (cron, day) => {
    const from = time(`${day}T00:00:00Z`) - 12 * 3_600_000
    const expected = CronExpressionParser.parse(cron, { currentDate: new Date(from), tz: timezone })

    const times = timesBetween({ cron, timezone }, iso(from), iso(from + 48 * 3_600_000))

    expect(times.map(iso)).toEqual(times.map(() => iso(expected.next().getTime())))
  })

  it.each([
    'Europe/Berlin',
    'America/New_York',
    'America/Santiago',
    'America/Havana',
    'America/St_Johns',
    'Africa/Cairo',
    'Asia/Beirut',
    'Australia/Lord_Howe',
  ])('the way back agrees with the way forward in %s', (zone) => {
    for (const cron of [
      '30 2 * * *',
      '0 0 * * *',
      '30 1 * * *',
      '0 */2 * * *',
      '*/30 1-3 * * *',
      '0 * * * *',
    ]) {
      const rule = { cron, timezone: zone }
      for (const [from, to] of [
        ['2026-03-06T00:00:00Z', '2026-03-10T00:00:00Z'],
        ['2026-03-27T00:00:00Z', '2026-04-06T12:00:00Z'],
        ['2026-04-23T00:00:00Z', '2026-04-26T00:00:00Z'],
        ['2026-09-05T00:00:00Z', '2026-09-07T12:00:00Z'],
        ['2026-10-02T00:00:00Z', '2026-10-05T00:00:00Z'],
        ['2026-10-23T00:00:00Z', '2026-11-02T12:00:00Z'],
      ] as const) {
        const times = timesBetween(rule, from, to)
        const back = times
          .slice(0, -1)
          .map((at, index) => [
            lastTime(rule, at),
            lastTime(rule, (at + (times[index + 1] ?? at)) / 2),
            lastTime(rule, (times[index + 1] ?? at) - 1),
            nextTime(rule, at - 1),
          ])
        expect(back.map((found) => found.map(iso))).toEqual(
          times.slice(0, -1).map((at) => Array(4).fill(iso(at))),
        )
      }
    }
  })
})
