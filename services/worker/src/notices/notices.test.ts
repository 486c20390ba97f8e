import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRedactor, type DriftReport, type Outcome, outcomes, type Verification } from '@slipway/core'
import { describe, expect, it, onTestFinished } from 'vitest'
import { failureOf } from '../../test/failure.ts'
import { pruneRecord } from '../../test/prunes.ts'
import { driftNotice } from './drift-notice.ts'
import { secretsOf } from './http-url.ts'
import { outcomeNotice } from './outcome-notice.ts'
import { readPings } from './pings.ts'
import { pruneNotice } from './prune-notice.ts'
import { readReceivers } from './receivers.ts'

const url = 'https://hooks.example.com/services/T0KEN?key=S3CRET'

function ended(outcome: Outcome, more: object = {}) {
  const where = { project: 'shop', host: 'web1', at: 5, deployment: 'd1' }
  return outcomeNotice({ ...where, end: { outcome, ...more } })
}

describe('the notice of an end', () => {
  it('says what happened, where and why, for people and for programs', () => {
    const failure = {
      errorCode: 'CHECK_FAILED',
      why: 'answered 500',
      release: '1-abc',
      resolvedDigest: 'sha256:a',
    }

    expect(ended('rolled-back', failure)).toEqual({
      ...{ event: 'rolled-back', project: 'shop', host: 'web1', at: 5, deployment: 'd1', release: '1-abc' },
      text: 'slipway: shop on web1 went back to the release before: CHECK_FAILED: answered 500 (d1)',
      details: { outcome: 'rolled-back', errorCode: 'CHECK_FAILED', digest: 'sha256:a' },
    })
  })

  it('calls for a person where one is needed', () => {
    expect(ended('needs-operator')?.text).toMatch(/^slipway: ATTENTION, shop on web1 needs a person now/)
  })

  it('is made of the ends that somebody may want to hear of, and of no other', () => {
    const told = outcomes.flatMap((outcome) => {
      const event = ended(outcome)?.event
      return event ? [[outcome, event]] : []
    })

    expect(told).toEqual([
      ['live', 'live'],
      ['live-with-warnings', 'live'],
      ['rolled-back', 'rolled-back'],
      ['failed', 'failed'],
      ['needs-operator', 'needs-operator'],
    ])
  })
})

describe('the notice of drift', () => {
  const names = Array.from({ length: 200 }, (_, at) => `shell-${at}\n.php`)
  const report: DriftReport = {
    ...{ release: '1-abc', digest: 'sha256:a', at: 5, read: 0, files: 3 },
    ...{ added: names, changed: ['index.php'], missing: [] },
    counts: { added: 900, changed: 1, missing: 0 },
  }
  const found: Verification = {
    ...{ project: 'shop', host: 'web1', at: 5, quick: true, report, strayed: { to: '/elsewhere' } },
    ...{ outcome: 'drift', errorCode: null, why: null },
  }

  it('names a few paths, so that no name can look like a line of its own', () => {
    const lines = driftNotice(found).text.split('\n')

    expect(lines).toEqual([
      'slipway: the live release of shop on web1 is not what was deployed',
      '`current` leads to /elsewhere, not to the live release',
      expect.stringMatching(/^900 added: "shell-0\\n\.php", .*, …$/),
      '1 changed: "index.php"',
    ])
  })

  it('stays small', () => {
    expect(JSON.stringify(driftNotice(found)).length).toBeLessThan(5_000)
  })
})

describe('the receivers', () => {
  it('are read like other secrets', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'slipway-notify-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    const file = join(folder, 'chat')
    await writeFile(file, `${url}\n`)
    const notify = [
      { url: { file }, events: ['drift' as const] },
      { url: { env: 'CHAT' }, events: ['live' as const] },
    ]

    expect(await readReceivers({ notify }, { CHAT: 'http://127.0.0.1:9/x' })).toEqual([
      { name: 'notify[0].url', url, events: ['drift'] },
      { name: 'notify[1].url', url: 'http://127.0.0.1:9/x', events: ['live'] },
    ])
  })

  it.each(['no-url-S3CRET', 'file:///etc/S3CRET', 'ftp://S3CRET.example.com/'])(
    'that are none are refused without their text: %s',
    async (value) => {
      const notify = [{ url: { env: 'CHAT' }, events: ['live' as const] }]

      const error = await failureOf(readReceivers({ notify }, { CHAT: value }))

      expect(error.code).toBe('SECRET_UNAVAILABLE')
      expect(error.message).toContain('notify[0].url')
      expect(error.message).not.toContain('S3CRET')
    },
  )

  it('give no part of their URL away that opens them', () => {
    const redact = createRedactor(secretsOf({ url }))

    expect(redact(`POST ${url} and POST /services/T0KEN?key=S3CRET`)).not.toMatch(/T0KEN|S3CRET/)
  })
})

describe('the notice of a prune', () => {
  it('says what was freed, in one line when all went well', () => {
    expect(pruneNotice(pruneRecord())).toMatchObject({
      ...{ event: 'prune', project: null, host: 'web1', at: 1_500 },
      text: 'slipway: the prune of web1 deleted 2 things and freed 1.4GB',
      details: { outcome: 'done', cause: 'schedule', freedBytes: 1.4e9 },
    })
  })

  it('names what could not be deleted, so that no name can look like a line of its own', () => {
    const problems = Array.from({ length: 200 }, (_, at) => {
      return { kind: 'image', name: `image-${at}\n`, why: 'conflict' } as const
    })

    const notice = pruneNotice(pruneRecord({ outcome: 'problems', problems }))

    expect(notice.text.split('\n')).toEqual([
      'slipway: the prune of web1 deleted 2 things and freed 1.4GB, and could not delete 200',
      ...[0, 1, 2, 3, 4].map((at) => `image "image-${at}\\n": conflict`),
      '…',
    ])
    expect(JSON.stringify(notice).length).toBeLessThan(8_000)
  })

  it('says why one failed', () => {
    const failed = { outcome: 'failed', errorCode: 'ENGINE_UNAVAILABLE', why: 'It is away.' } as const

    expect(pruneNotice(pruneRecord(failed)).text).toBe(
      'slipway: the prune of web1 failed: ENGINE_UNAVAILABLE: It is away.',
    )
  })
})

describe('the URLs of signs of life', () => {
  const schedules = {
    poll: { every: 10_000, ping: { env: 'POLL' } },
    prune: { cron: '0 3 * * *', ping: { env: 'PRUNE' } },
    reconcile: { every: 300_000 },
  }

  it('are read like other secrets, of the jobs that the host has', async () => {
    const environment = { PRUNE: `${url}\n` }

    expect(await readPings({ schedules, projects: {} }, 'web1', environment)).toEqual([{ job: 'prune', url }])
  })

  it('that are none are refused without their text', async () => {
    const error = await failureOf(readPings({ schedules, projects: {} }, 'web1', { PRUNE: 'S3CRET' }))

    expect(error.code).toBe('SECRET_UNAVAILABLE')
    expect(error.message).toContain('schedules.prune.ping')
    expect(error.message).not.toContain('S3CRET')
  })
})
