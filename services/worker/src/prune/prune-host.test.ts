import { type PruneRecord, SlipwayError } from '@slipway/core'
import { describe, expect, it } from 'vitest'
import { digestOf, releaseOf } from '../../test/project.ts'
import { createPruneRig, imageId, type PruneRig } from '../../test/prune-rig.ts'

const open = { unowned: 'unused', containers: 'stopped', networks: 'unused', older_than: '0s', min_age: '0s' }

/** Five releases of which the policy keeps two good ones. */
async function fiveReleases(rig: PruneRig, project = 'shop') {
  const at: string[] = []
  for (const [index, digit] of ['a', 'b', 'c', 'd', 'e'].entries()) {
    const { name } = await rig.addRelease(1_000 + index, digit, {}, project)
    at.push(name)
  }
  return at
}

const namesOf = (items: PruneRecord['deleted'], kind: string) =>
  items.filter((item) => item.kind === kind).map(({ name }) => name)
const whyOf = ({ kept }: PruneRecord, name: string) => kept.find((item) => item.name === name)?.why

describe('a prune of a host', () => {
  it('deletes the releases that nobody goes back to, and the images that were theirs', async () => {
    const rig = createPruneRig()
    const all = await fiveReleases(rig)

    const record = await rig.prune()

    expect(record).toMatchObject({ outcome: 'done', problems: [], errorCode: null })
    expect(namesOf(record.deleted, 'release')).toEqual(all.slice(0, 3))
    expect([...rig.site().releases.folders.keys()]).toEqual(all.slice(3))
    expect([...rig.host.has.images.keys()]).toEqual([imageId('d'), imageId('e')])
    expect(record.counts.image).toEqual({ kept: 2, deleted: 3, failed: 0 })
    expect(record.freedBytes).toBe(3 * 10 + 3 * 1_000)
  })

  it('deletes nothing when only the plan is wanted, and the plan is what is deleted then', async () => {
    const rig = createPruneRig({ policy: open })
    await fiveReleases(rig)
    rig.addImage(imageId('9'), ['debian:12'])

    const planned = await rig.prune({ isDryRun: true })
    const untouched = rig.host.asked.length
    const done = await rig.prune()

    expect(untouched).toBe(0)
    expect(planned.isDryRun).toBe(true)
    const told = ({ deleted }: PruneRecord) => deleted.map(({ kind, name }) => `${kind} ${name}`).toSorted()
    expect(told(planned)).toEqual(told(done))
    expect(planned.freedBytes).toBe(done.freedBytes)
  })

  it('leaves a project alone that somebody is at, and says so', async () => {
    const rig = createPruneRig({ projects: { shop: {}, blog: { image: 'registry.example.com/acme/blog' } } })
    const shop = await fiveReleases(rig)
    const held = await rig.mutex.tryAcquire('/srv/shop')
    const blog = await rig.addRelease(500, '1', { status: 'bad' }, 'blog')
    await rig.addRelease(501, '2', {}, 'blog')

    const record = await rig.prune()

    expect(namesOf(record.deleted, 'release')).toEqual([blog.name])
    expect(whyOf(record, shop[0] ?? '')).toContain('skipped: a deploy')
    expect(rig.host.has.images.size).toBe(6)
    expect(record.outcome).toBe('done')
    await held?.release()
    await rig.prune()
    expect(rig.host.has.images.size).toBe(3)
  })

  it('takes a deploy for one that is under way though its worker has died', async () => {
    const rig = createPruneRig()
    const all = await fiveReleases(rig)
    rig.wants.set('shop', { state: 'copy', digest: digestOf('a') })

    const record = await rig.prune()

    expect(namesOf(record.deleted, 'release')).toEqual([])
    expect(rig.site().releases.folders.size).toBe(5)
    expect(whyOf(record, all[0] ?? '')).toContain('a deploy is under way')
  })

  it('keeps every release while a rollback waits, since it may lead to any', async () => {
    const rig = createPruneRig()
    await fiveReleases(rig)
    rig.wants.set('shop', { state: 'queued', digest: digestOf('a'), back: {} })

    await rig.prune()

    expect(rig.site().releases.folders.size).toBe(5)
    expect(rig.host.asked).toEqual([])
  })

  it('goes by what is true when it has the project, not by what it planned', async () => {
    const rig = createPruneRig()
    const [oldest = ''] = await fiveReleases(rig)
    const { tryAcquire } = rig.mutex
    rig.mutex.tryAcquire = async (root) => {
      // Somebody went back to the oldest, and left the project again, between the plan and this.
      const { releases } = rig.site()
      const back = (await releases.releases()).find(({ name }) => name === oldest)
      if (back) await releases.saveState({ ...(await releases.state()), live: back, good: back })
      if (back) await releases.switchTo(back)
      return tryAcquire(root)
    }

    const record = await rig.prune()

    expect(rig.site().releases.folders.has(oldest)).toBe(true)
    expect(rig.host.has.images.has(imageId('a'))).toBe(true)
    expect(namesOf(record.kept, 'release')).toContain(oldest)
  })

  it('decides about an image once more when no deploy can begin to need it', async () => {
    const rig = createPruneRig({}, (place) => {
      // A deploy of the same content has come and gone since the plan was made.
      if (place !== 'before:prune-image') return
      const { records } = rig.site().releases
      const twin = releaseOf(1_900, 'a', { status: 'live' })
      records.set(twin.name, twin)
    })
    await fiveReleases(rig)

    const record = await rig.prune()

    expect(rig.host.asked.some((what) => what.includes('shop:1000'))).toBe(false)
    expect(rig.host.has.images.has(imageId('a'))).toBe(true)
    expect(record.kept.find(({ id }) => id === imageId('a'))?.why).toContain('1900-')
  })

  it('leaves an image to a deploy that gave it a name meanwhile', async () => {
    const rig = createPruneRig()
    await fiveReleases(rig)
    rig.host.onDelete = () => {
      const image = rig.host.has.images.get(imageId('a'))
      if (image && !image.tags.includes('slipway.local/shop:2000'))
        image.tags = [...image.tags, 'slipway.local/shop:2000']
    }

    const record = await rig.prune()

    expect(rig.host.has.images.has(imageId('a'))).toBe(true)
    expect(record.kept.find(({ id }) => id === imageId('a'))?.why).toContain('slipway.local/shop:2000 by now')
  })

  it('goes on after what cannot be deleted, and tells it without secrets', async () => {
    const rig = createPruneRig()
    const [first = '', ...others] = await fiveReleases(rig)
    const { releases } = rig.site()
    const { remove } = releases
    releases.remove = async (release) => {
      if (release.name === first) throw new Error('permission denied by s3cret')
      return remove(release)
    }
    rig.host.onDelete = (what) => {
      if (what.includes('shop:1001')) throw new SlipwayError('ENGINE_FAILED', 'the engine is not well')
    }

    const record = await rig.prune()

    expect(record.outcome).toBe('problems')
    expect(record.problems).toEqual([
      { kind: 'release', name: first, why: 'permission denied by [secret]' },
      { kind: 'image', name: expect.stringContaining('shop'), why: 'the engine is not well' },
    ])
    expect([...releases.folders.keys()]).toEqual([first, ...others.slice(2)])
    expect(record.counts.release).toEqual({ kept: 2, deleted: 2, failed: 1 })
  })

  it('looks after the releases when the engine is away', async () => {
    const rig = createPruneRig()
    await fiveReleases(rig)
    rig.host.fails = new SlipwayError('ENGINE_UNAVAILABLE', 'The Docker Engine did not answer.')

    const record = await rig.prune()

    expect(record).toMatchObject({
      outcome: 'problems',
      problems: [{ why: 'The Docker Engine did not answer.' }],
    })
    expect(rig.site().releases.folders.size).toBe(2)
  })

  it('gives an engine up that has stopped answering', async () => {
    const rig = createPruneRig({ policy: open })
    await rig.addRelease(1_000, 'a')
    for (let digit = 1; digit < 9; digit += 1) rig.addImage(imageId(String(digit)), [`debian:${digit}`])
    rig.host.onDelete = () => {
      throw new SlipwayError('ENGINE_UNAVAILABLE', 'The Docker Engine did not answer.')
    }

    const record = await rig.prune()

    expect(record.problems).toHaveLength(3)
    expect(rig.host.asked).toHaveLength(3)
    expect(record.counts.image).toEqual({ kept: 6, deleted: 0, failed: 3 })
  })

  it.each([
    ['its release root is a link', (rig: PruneRig) => rig.faults.set('/srv/shop', '/srv/shop is a link')],
    [
      'its records cannot be read',
      (rig: PruneRig) => {
        rig.site().releases.releases = () => Promise.reject(new Error('bad sector'))
      },
    ],
    [
      'Redis does not say what is wanted',
      (rig: PruneRig) => Object.assign(rig.tools.store, { want: () => Promise.reject(new Error('away')) }),
    ],
    [
      'something else is served than what counts as live',
      async (rig: PruneRig) => {
        const state = await rig.site().releases.state()
        await rig.site().releases.saveState({ ...state, live: null })
      },
    ],
  ])('leaves a project alone when %s, and a person hears of it', async (_what, breakIt) => {
    const rig = createPruneRig()
    await fiveReleases(rig)
    await breakIt(rig)

    const record = await rig.prune()

    expect(record).toMatchObject({ outcome: 'problems', problems: [{ kind: 'release', name: 'shop' }] })
    expect(rig.site().releases.folders.size).toBe(5)
    expect(rig.host.asked).toEqual([])
  })

  it('lets an image go that only a container held which went first', async () => {
    const rig = createPruneRig({ policy: open })
    await rig.addRelease(1_000, 'a')
    rig.addImage(imageId('1'), ['debian:12'])
    rig.addImage(imageId('2'), ['debian:13'])
    const about = { createdAt: 1, labels: {}, volumes: [], networks: [], bytes: 0 }
    const ended = { id: 'c1', name: 'ended', image: imageId('1'), isRunning: false, endedAt: 2, ...about }
    rig.host.has.containers.set('c1', ended)
    const running = { id: 'c2', name: 'runs', image: imageId('2'), isRunning: true, endedAt: null, ...about }
    rig.host.has.containers.set('c2', running)

    const record = await rig.prune()

    expect([...rig.host.has.containers.keys()]).toEqual(['c2'])
    expect([...rig.host.has.images.keys()].toSorted()).toEqual([imageId('2'), imageId('a')])
    expect(record.outcome).toBe('done')
  })

  it('leaves all names of an image to a container that could not be deleted', async () => {
    const rig = createPruneRig({ policy: open })
    rig.addImage(imageId('1'), ['debian:12', 'base:1'])
    const about = { createdAt: 1, labels: {}, volumes: [], networks: [], bytes: 0 }
    const ended = { id: 'c1', name: 'ended', image: imageId('1'), isRunning: false, endedAt: 2, ...about }
    rig.host.has.containers.set('c1', ended)
    rig.host.onDelete = (what) => {
      if (what.startsWith('container')) throw new SlipwayError('ENGINE_FAILED', 'the device is busy')
    }

    const record = await rig.prune()

    expect(rig.host.has.images.get(imageId('1'))?.tags).toEqual(['debian:12', 'base:1'])
    expect(record.problems).toEqual([{ kind: 'container', name: 'ended', why: 'the device is busy' }])
    expect(record.kept.find(({ kind }) => kind === 'image')?.why).toBe('used by container ended')
  })

  it('leaves what is not its own alone unless it may', async () => {
    const rig = createPruneRig()
    await rig.addRelease(1_000, 'a')
    rig.addImage(imageId('1'), ['debian:12'])
    rig.addImage(imageId('2'), [])

    const record = await rig.prune()

    expect(rig.host.asked).toEqual([])
    expect(record.counts.image).toEqual({ kept: 3, deleted: 0, failed: 0 })
  })

  it('remembers when it first saw an image of unknown age, unless it only planned', async () => {
    const rig = createPruneRig({ policy: { ...open, older_than: '1d' } })
    rig.addImage(imageId('1'), [], [`quay.io/others/thing@${digestOf('1')}`])

    await rig.prune({ isDryRun: true })
    const afterPlan = rig.seen.size
    const first = await rig.prune()
    rig.seen.set(imageId('1'), Date.now() - 2 * 86_400_000)
    const later = await rig.prune()

    expect(afterPlan).toBe(0)
    expect([first.counts.image.deleted, later.counts.image.deleted]).toEqual([0, 1])
    await rig.prune()
    expect(rig.seen.size).toBe(0)
  })

  it('says what was done when it has to stop', async () => {
    const rig = createPruneRig()
    const all = await fiveReleases(rig)
    const stop = new AbortController()
    const { releases } = rig.site()
    const { remove } = releases
    releases.remove = async (release) => {
      await remove(release)
      if (release.name === all[1]) stop.abort(new SlipwayError('INTERRUPTED', 'The worker is to stop.'))
    }

    const record = await rig.prune({}, stop.signal)

    expect(record).toMatchObject({
      outcome: 'failed',
      errorCode: 'INTERRUPTED',
      why: 'The worker is to stop.',
    })
    expect(namesOf(record.deleted, 'release')).toEqual(all.slice(0, 2))
    expect(whyOf(record, all[2] ?? '')).toBe('not come to: The worker is to stop.')
    expect(rig.host.asked).toEqual([])
    expect(await rig.mutex.tryAcquire('/srv/shop')).not.toBeNull()
  })

  it('tells what a person could do when a disk stays too full', async () => {
    const rig = createPruneRig()
    await fiveReleases(rig)
    rig.addImage(imageId('1'), ['debian:12'])
    rig.disk.engine = '/var/lib/docker'
    rig.disk.room.set('/var/lib/docker', { bytes: 5e9, inodes: 1_000 })
    rig.disk.sizes.set('/var/lib/docker', { bytes: 100e9, inodes: 10_000 })
    rig.disk.room.set('/srv/shop', { bytes: 50e9, inodes: 1_000 })

    const { before, after, advice } = await rig.prune()

    expect(before.map(({ of }) => of)).toEqual(['engine', 'shop'])
    expect(after).toEqual(before)
    expect(advice).toContain('the disk of the Docker Engine (/var/lib/docker) has 5.0GB of 100GB free')
    expect(advice).toContain('prune.unowned')
    expect(advice).not.toContain('/srv/shop')
  })
})
