import { keyPrefix, maintenanceQueueName, readVerifyRequest, type Verification } from '@slipway/core'
import { createDriftStore } from '@slipway/store'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
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

const clean = { added: [], changed: [], missing: [], counts: { added: 0, changed: 0, missing: 0 } }
const report = { ...clean, release: '1-abc', digest: 'sha256:a', at: 5, read: 1, files: 30 }
const drift = {
  outcome: 'drift' as const,
  report: {
    ...report,
    added: ['public/shell.php', 'b\nshop on web1: as deployed'],
    changed: ['index.php'],
    counts: { added: 260, changed: 1, missing: 0 },
  },
}

/** Answers what is asked of a host, as its worker does. */
function answer(host: string, more: Partial<Verification> = {}): boolean[] {
  const { connection } = desk.redis
  const queue = `${keyPrefix(host)}:${maintenanceQueueName(host)}`
  const answered = new Set<string>()
  const quick: boolean[] = []
  const look = async () => {
    for (const id of await connection.lrange(`${queue}:wait`, 0, -1)) {
      if (answered.has(id)) continue
      answered.add(id)
      const asked = readVerifyRequest(JSON.parse((await connection.hget(`${queue}:${id}`, 'data')) ?? ''))
      if (!asked) throw new Error('no request')
      quick.push(asked.quick)
      const found: Verification = {
        ...{ project: asked.project, host, at: 5, quick: asked.quick, strayed: null },
        ...{ outcome: 'clean', report, errorCode: null, why: null, ...more },
      }
      await createDriftStore(connection, host).keep(found, asked.request)
    }
  }
  const timer = setInterval(() => void look(), 20)
  onTestFinished(() => clearInterval(timer))
  return quick
}

describe('slipway verify', () => {
  it('says that every host is as deployed', async () => {
    const quick = [answer('web1'), answer('web2')]

    const ended = await desk.slipway('verify', 'shop')

    expect(ended).toEqual({
      code: 0,
      stdout:
        'shop on web1: as deployed (1-abc: 30 files looked at, 1 of them read)\n' +
        'shop on web2: as deployed (1-abc: 30 files looked at, 1 of them read)\n',
      stderr: '',
    })
    expect(quick).toEqual([[false], [false]])
  })

  it('names what differs, with an exit code of its own, and no name looks like a line of ours', async () => {
    answer('web1', drift)

    const { code, stdout } = await desk.slipway('verify', 'shop', '--host', 'web1')

    expect(code).toBe(3)
    expect(stdout.trimEnd().split('\n')).toEqual([
      'shop on web1: NOT as deployed: 260 added, 1 changed, 0 missing (1-abc: 30 files looked at, 1 of them read)',
      '  added     public/shell.php',
      '  added     "b\\nshop on web1: as deployed"',
      '  added     and 258 more',
      '  changed   index.php',
    ])
  })

  it('says that `current` leads elsewhere', async () => {
    answer('local', { outcome: 'drift', strayed: { to: '/elsewhere' } })

    const { code, stdout } = await desk.slipway('verify', 'blog')

    expect(code).toBe(3)
    expect(stdout).toContain('  current   leads to /elsewhere\n')
  })

  it('gives JSON, and asks for a quick look', async () => {
    const quick = answer('local', drift)

    const { code, stdout } = await desk.slipway('verify', 'blog', '--quick', '--json')

    expect(code).toBe(3)
    expect(JSON.parse(stdout)).toMatchObject([{ host: 'local', outcome: 'drift', report: drift.report }])
    expect(quick).toEqual([true])
  })

  it.each([
    ['busy', { why: 'a deploy of it is under way' }, /could not look, a deploy of it is under way/],
    [
      'failed',
      { errorCode: 'RELEASE_UNKNOWN', why: 'Nothing of blog is live.' },
      /local: RELEASE_UNKNOWN: Nothing of blog is live\.\nDeploy once/,
    ],
  ] as const)('ends with exit code 1 when its host was %s', async (outcome, more, said) => {
    answer('local', { outcome, report: null, ...more })

    const { code, stdout, stderr } = await desk.slipway('verify', 'blog')

    expect(code).toBe(1)
    expect(stdout + stderr).toMatch(said)
  })

  it('says so when no worker takes the request, and tells what the other hosts found all the same', async () => {
    answer('web1', drift)

    const { code, stdout, stderr } = await desk.slipway('verify', 'shop', '--timeout', '500ms')

    expect(code).toBe(3)
    expect(stdout).toContain('public/shell.php')
    expect(stderr).toMatch(
      /^web2: WORKER_SILENT: No worker of web2 took the request within 0\.5 s: does it run/,
    )
  })

  it('leaves what it found to `slipway status`, for as long as that release is live', async () => {
    const [id = ''] = await desk.deploy('blog', '--tag', 'v7')
    const store = desk.storeOf('local')
    await store.take('blog')
    await store.finish(id, { outcome: 'live', release: '1-abc' })
    answer('local', drift)
    await desk.slipway('verify', 'blog')

    const seen = await desk.slipway('status', 'blog')
    await store.progress(id, 'live', { release: '2-abc' })
    const later = await desk.slipway('status', 'blog')

    const line =
      'blog on local is NOT as deployed: 260 added, 1 changed, 0 missing (seen 1970-01-01 00:00Z; see '
    expect(seen.stdout).toContain(line)
    expect(later.stdout).not.toContain('NOT as deployed')
  })

  it.each([
    [['verify'], 2, 'give one project'],
    [['verify', 'shop', 'blog'], 2, 'give one project'],
    [['verify', 'shop', '--host', 'web9'], 2, 'the project has no host "web9": web1, web2.'],
    [['verify', 'shop', '--timeout', 'soon'], 2, '"soon" is no --timeout'],
    [['verify', 'shops'], 1, 'did you mean "shop"'],
  ] as const)('refuses %j', async (args, code, said) => {
    const ended = await desk.slipway(...args)

    expect(ended.code).toBe(code)
    expect(ended.stderr).toContain(said)
  })
})
