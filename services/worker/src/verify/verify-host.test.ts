import { createRedactor, type DriftReport, SlipwayError, type Verification } from '@slipway/core'
import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { calm } from '../../test/failure.ts'
import { createMemoryMutex } from '../../test/fakes/memory-mutex.ts'
import { createRecordingNotifier } from '../../test/fakes/recording-notifier.ts'
import { earlier, openRig } from '../../test/rig.ts'
import { verifiable, verifyAll, verifyOne } from './verify-host.ts'

const request = 'v0123456789abcdef'

async function open() {
  const rig = await openRig({ live: earlier })
  const kept: { found: Verification; request: string | null }[] = []
  const log: Record<string, unknown>[] = []
  const notifier = createRecordingNotifier(['drift'])
  const world = { added: [] as string[], error: null as Error | null }
  Object.assign(rig.releases, {
    async verify(): Promise<DriftReport> {
      if (world.error) throw world.error
      const { added } = world
      const lists = { added, changed: [], missing: [] }
      const counts = { added: added.length, changed: 0, missing: 0 }
      return { release: earlier.name, digest: earlier.digest, at: 0, read: 0, files: 3, ...lists, counts }
    },
  })
  const tools = {
    ...{ host: 'web1', mutex: createMemoryMutex(), timer: rig.timer, notifier },
    sites: new Map([['shop', rig.site]]),
    drifts: {
      last: async () => kept.findLast(({ found }) => found.report)?.found ?? null,
      keep: async (found: Verification, name: string | null) => void kept.push({ found, request: name }),
    },
    redact: createRedactor(['a-password']),
    log: pino({ level: 'info' }, { write: (line: string) => void log.push(JSON.parse(line)) }),
  }
  const look = (data: unknown = { project: 'shop', quick: true }) => verifyOne(tools, data, calm)
  return { world, kept, log, told: notifier.told, look, tools }
}

describe('a job that looks at a live release', () => {
  it('keeps what it found, under the name of the request', async () => {
    const { look, kept, told } = await open()

    await look({ project: 'shop', quick: false, request })

    expect(kept).toMatchObject([{ request, found: { outcome: 'clean', quick: false } }])
    expect(told).toEqual([])
  })

  it('tells of drift once, of other drift again, and of the same again when it was gone', async () => {
    const { look, world, told, log } = await open()
    const finds = async (...added: string[]) => {
      world.added = added
      await look()
      return told.length
    }

    expect(await finds('shell.php')).toBe(1)
    expect(await finds('shell.php')).toBe(1)
    expect(await finds('shell.php', 'other.php')).toBe(2)
    expect(await finds()).toBe(2)
    expect(await finds('shell.php')).toBe(3)
    expect(told[0]).toMatchObject({ event: 'drift', project: 'shop', host: 'web1', release: earlier.name })
    expect(told[0]?.text).toContain('1 added: "shell.php"')
    expect(log.filter(({ level }) => level === 50)).toHaveLength(4)
  })

  it('does not take drift for new because a look in between failed', async () => {
    const { look, world, told } = await open()
    world.added = ['shell.php']
    await look()
    world.error = new Error('the disk is away')
    await look()
    world.error = null

    await look()

    expect(told).toHaveLength(1)
  })

  it('answers without a secret when it could not look', async () => {
    const { look, world, kept } = await open()
    world.error = new Error('refused: a-password')

    await look({ project: 'shop', quick: true, request })

    expect(kept[0]).toMatchObject({ request, found: { outcome: 'failed', why: 'refused: [redacted]' } })
  })

  it('answers that its host does not know the project', async () => {
    const { look, kept } = await open()

    await look({ project: 'blog', quick: true, request })

    expect(kept[0]).toMatchObject({ request, found: { outcome: 'failed', errorCode: 'PROJECT_UNKNOWN' } })
  })

  it('that names no project fails and keeps nothing', async () => {
    const { look, kept } = await open()

    await expect(look({ project: '../etc', quick: true })).rejects.toThrow('names no project')
    expect(kept).toEqual([])
  })
})

it('a service without a source is nothing to look at', async () => {
  const { tools } = await open()
  const shop = tools.sites.get('shop')
  if (!shop) throw new Error('no shop')
  const service = { ...shop, name: 'api', config: { ...shop.config, strategy: 'service' as const } }

  expect(verifiable(new Map([...tools.sites, ['api', service]]))).toEqual(['shop'])
})

describe('a look at all projects', () => {
  it('looks quickly at each, and is done when all are as deployed', async () => {
    const { tools, kept } = await open()

    expect(await verifyAll(tools, calm)).toEqual({ outcome: 'done' })
    expect(kept).toMatchObject([{ request: null, found: { project: 'shop', quick: true, outcome: 'clean' } }])
  })

  it('names those that drifted and those that it could not look at, and looks at the others all the same', async () => {
    const { tools, world, kept } = await open()
    const shop = tools.sites.get('shop')
    if (!shop) throw new Error('no shop')
    world.added = ['shell.php']
    const verify = async () => Promise.reject(new Error('the disk is broken'))
    const releases = { ...shop.releases, verify }
    const config = { ...shop.config, release: { ...shop.config.release, root: '/srv/blog' } }
    const sites = new Map([['blog', { ...shop, name: 'blog', config, releases }], ...tools.sites])

    const found = await verifyAll({ ...tools, sites }, calm)

    expect(found).toEqual({
      outcome: 'problems',
      why: 'not as deployed: shop; could not be looked at: blog',
    })
    expect(kept).toHaveLength(2)
  })

  it('does not take a project for broken that waits for its first deploy', async () => {
    const { tools, world } = await open()
    world.error = new SlipwayError('RELEASE_UNKNOWN', 'Nothing of shop is live.')

    expect(await verifyAll(tools, calm)).toEqual({ outcome: 'done' })
  })
})
