import { createPruneStore } from '@slipway/store'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { answerRuns, pruneRecord } from '../../test/answer-runs.ts'
import { type Desk, openDesk } from '../../test/desk.ts'

let desk: Desk

beforeAll(async () => {
  desk = await openDesk()
})
beforeEach(async () => {
  await desk.redis.connection.flushall()
})
afterAll(async () => {
  await desk[Symbol.asyncDispose]()
})

describe('slipway prune', () => {
  it('asks every host and shows what went, with reasons', async () => {
    const asked = ['local', 'web1', 'web2'].map((host) =>
      answerRuns(desk, host, { prune: pruneRecord(host) }),
    )

    const { code, stdout, stderr } = await desk.slipway('prune')

    expect([code, stderr]).toEqual([0, ''])
    expect(stdout.split('\n').slice(0, 4)).toEqual([
      'local: deleted 1, kept 1, freed 1.4GB (2026-11-24 03:00Z, for ada@desk, 12.0 s)',
      '  the disk of the Docker Engine (/var/lib/docker) has 30.0GB of 100GB free (30.0 %)',
      expect.stringMatching(/^ {2}kind +name +project +size +verdict +why$/),
      expect.stringMatching(/^ {2}image +old:1 +- +1\.4GB +delete +no container uses it$/),
    ])
    expect(stdout).not.toContain('shop:2')
    expect(asked.flat()).toHaveLength(3)
    expect(asked[0]?.[0]).toMatchObject({
      name: 'prune',
      asked: { isDryRun: false, by: expect.stringMatching(/@/) },
    })
  })

  it('shows with --dry-run what would go and what would stay, and deletes nothing', async () => {
    const asked = answerRuns(desk, 'web1', ({ isDryRun }) => ({ prune: pruneRecord('web1', { isDryRun }) }))

    const { code, stdout } = await desk.slipway('prune', '--dry-run', '--host', 'web1')

    expect(code).toBe(0)
    expect(stdout).toContain('web1: a prune would delete 1, keep 1 and free 1.4GB\n')
    expect(stdout).toMatch(/old:1 .* delete/)
    expect(stdout).toMatch(/shop:2 +shop .* keep +release of shop/)
    expect(asked).toMatchObject([{ asked: { isDryRun: true } }])
  })

  it('gives JSON', async () => {
    answerRuns(desk, 'web1', { prune: pruneRecord('web1') })

    const { stdout } = await desk.slipway('prune', '--host', 'web1', '--json')

    expect(JSON.parse(stdout)).toMatchObject([{ host: 'web1', outcome: 'done', prune: pruneRecord('web1') }])
  })

  it('says what could not be deleted, what is left out, and what a person could do', async () => {
    const record = pruneRecord('web1', {
      outcome: 'problems',
      deletedMore: 7,
      problems: [{ kind: 'image', name: 'evil\u001b[31m', why: 'conflict' }],
      advice: 'The disk is too full.\n- use a bigger one',
    })
    answerRuns(desk, 'web1', { outcome: 'problems', why: 'one is left', prune: record })

    const { code, stdout, stderr } = await desk.slipway('prune', '--host', 'web1', '--all')

    expect(code).toBe(1)
    expect(stdout).toContain('  and 7 more that went\n')
    expect(stdout).toContain('  could not delete image evil�[31m: conflict\n')
    expect(stdout).toContain('  - use a bigger one\n')
    expect(stdout).toContain('shop:2')
    expect(stderr).toBe('web1: one is left\n')
  })

  it('says so when no worker takes the request, and tells what the other hosts did all the same', async () => {
    answerRuns(desk, 'local', { prune: pruneRecord('local') })
    answerRuns(desk, 'web1', { prune: pruneRecord('web1') })

    const { code, stdout, stderr } = await desk.slipway('prune', '--timeout', '500ms')

    expect(code).toBe(1)
    expect(stdout).toContain('web1: deleted 1')
    expect(stderr).toMatch(/^web2: WORKER_SILENT: No worker of web2 took the request within 0\.5 s/)
  })

  it('remembers the last ones', async () => {
    const store = createPruneStore(desk.redis.connection, 'web1')
    await store.keep(pruneRecord('web1', { cause: 'schedule', by: null }))
    await store.keep(pruneRecord('web1', { cause: 'disk', by: null, freedBytes: 5e6 }))

    const last = await desk.slipway('prune', '--last')
    const history = await desk.slipway('prune', '--history')
    const json = await desk.slipway('prune', '--history', '--json')

    expect(last.stdout).toMatch(/^web1: deleted 1, kept 1, freed 5\.0MB \(.*because a disk was full.*\)\n/)
    expect(last.stdout.match(/web1: /g)).toHaveLength(1)
    expect(history.stdout.trimEnd().split('\n')).toEqual([
      expect.stringContaining('because a disk was full'),
      expect.stringContaining('by the clock'),
    ])
    expect(JSON.parse(json.stdout)).toMatchObject([{ cause: 'disk' }, { cause: 'schedule' }])
  })

  it('says so when none is remembered', async () => {
    expect(await desk.slipway('prune', '--last')).toEqual({
      ...{ code: 0, stdout: 'No prune is remembered.\n', stderr: '' },
    })
  })

  it.each([
    [['--host', 'web9'], 'the configuration has no host "web9": local, web1, web2.'],
    [['--timeout', 'soon'], '"soon" is no --timeout'],
    [['--last', '--dry-run'], 'give one of --dry-run, --last and --history'],
    [['shop'], "Unexpected argument 'shop'"],
  ])('refuses %j', async (args, said) => {
    const { code, stderr } = await desk.slipway('prune', ...args)

    expect(code).toBe(2)
    expect(stderr).toContain(said)
  })
})
