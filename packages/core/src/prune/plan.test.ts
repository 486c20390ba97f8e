import { describe, expect, it } from 'vitest'
import {
  container,
  DAY,
  digest,
  HOUR,
  holdings,
  image,
  inventory,
  MINUTE,
  network,
  now,
  policy,
  release,
  verdicts,
  volume,
} from '../../test/prune-things.ts'
import { planPrune } from './plan.ts'

const shopImage = 'registry.example.com/acme/shop'
const old = now - 30 * DAY

/** Releases 1 to `count` of shop, all good, the last of them live; each of the digest of its number. */
function shop(count: number, over: Partial<Parameters<typeof holdings>[1]> = {}) {
  const releases = Array.from({ length: count }, (_, at) => release(at + 1, { copiedAt: old }))
  return holdings('shop', { image: shopImage, releases, keep: 2, ...over })
}

/** The image of a release of shop, as a deploy leaves it. */
function shopsImage(seq: number, over: Partial<Parameters<typeof image>[1]> = {}) {
  return image(`shop-${seq}`, {
    tags: [`slipway.local/shop:${seq}`],
    digests: [`${shopImage}@${digest(seq)}`],
    namedAt: old,
    ...over,
  })
}

describe('releases', () => {
  it('go as retention says, the oldest first', () => {
    const plan = verdicts(planPrune(inventory({ projects: [shop(4)] }), policy()))

    expect(plan).toEqual([
      'release 1-000000000001-aaaa delete 2 good ones are newer; copied 30d ago',
      'release 2-000000000002-aaaa delete 2 good ones are newer; copied 30d ago',
      'release 3-000000000003-aaaa keep it is one of the last 2 good ones',
      'release 4-000000000004-aaaa keep it is live',
    ])
  })

  it.each([
    ['young', { releases: [release(1, { copiedAt: now - 40 * MINUTE }), release(2), release(3)] }],
    ['of a project that is busy', { untouchable: 'a deploy is under way' }],
    ['wanted again', { wanted: [digest(1)] }],
  ])('stay while they are %s', (_what, over) => {
    const [first] = verdicts(planPrune(inventory({ projects: [shop(3, over)] }), policy()))

    expect(first).toMatch(
      /keep (?:copied 40m ago; nothing younger than 1h goes|a deploy is under way|a deploy of its image is wanted)$/,
    )
  })
})

describe('images', () => {
  const onShop = (images: ReturnType<typeof image>[], over: Parameters<typeof inventory>[0] = {}) =>
    inventory({ projects: [shop(3)], images, ...over })
  const judged = (images: ReturnType<typeof image>[], over?: Parameters<typeof inventory>[0]) =>
    planPrune(onShop(images, over), policy()).items.filter(({ kind }) => kind === 'image')

  it('of releases that stay stay, and those of the others go by their names', () => {
    const plan = judged([1, 2, 3].map((seq) => shopsImage(seq)))

    expect(plan.map(({ keep, why, names }) => ({ keep, why, names }))).toEqual([
      {
        keep: false,
        why: 'no release that stays is made of it; came 30d ago',
        names: [`${shopImage}@${digest(1)}`, 'slipway.local/shop:1'],
      },
      { keep: true, why: 'release 2-000000000002-aaaa of shop needs it: it is one of the last 2 good ones' },
      { keep: true, why: 'release 3-000000000003-aaaa of shop needs it: it is live' },
    ])
    expect(plan[0]?.guards).toEqual(['shop'])
  })

  it('stay with all their names while one project still holds them', () => {
    const staging = holdings('staging', { image: 'mirror.example.com/shop', releases: [release(1)] })
    const both = shopsImage(1, {
      tags: ['slipway.local/shop:1', 'slipway.local/staging:1'],
      digests: [`${shopImage}@${digest(1)}`, `mirror.example.com/shop@${digest(1)}`],
    })

    const [held] = judged([both], { projects: [shop(3), staging] })
    const [free] = judged([both], { projects: [shop(3), { ...staging, releases: [], state: shop(3).state }] })

    expect(held).toMatchObject({ keep: true, project: 'staging' })
    expect(free).toMatchObject({ keep: false, guards: ['shop', 'staging'] })
    expect(free?.names).toEqual([...both.digests, ...both.tags])
  })

  it.each<[string, Parameters<typeof inventory>[0], string]>([
    ['a container uses it', { containers: [container('web', { image: 'shop-1', isRunning: true })] }, 'web'],
    ['a container stands still on it', { containers: [container('job', { image: 'shop-1' })] }, 'job'],
    ['a deploy wants it', { projects: [shop(3, { wanted: [digest(1)] })] }, 'a deploy of shop wants it'],
    ['its project is busy', { projects: [shop(3, { untouchable: 'a deploy is under way' })] }, '(shop)'],
    [
      'the state names it though its record is gone',
      { projects: [shop(3, { state: { live: release(1), good: release(3), seq: 3 } })] },
      'shop is served from it',
    ],
  ])('stay when %s', (_what, over, why) => {
    const releases = (over?.projects ?? [shop(3)]).map((one) => ({
      ...one,
      releases: one.releases.filter(({ seq }) => seq !== 1),
    }))

    const [item] = judged([shopsImage(1)], { ...over, projects: releases })

    expect(item?.keep).toBe(true)
    expect(item?.why).toContain(why)
  })

  it('of a repository are untouched while a project that pulls from there is busy', () => {
    const pulled = image('new', { digests: [`${shopImage}@${digest(77)}`], firstSeenAt: old })
    const busy = { projects: [shop(3, { untouchable: 'a deploy is under way' })] }

    expect(judged([pulled])[0]?.keep).toBe(false)
    expect(judged([pulled], busy)[0]).toMatchObject({ keep: true, why: 'a deploy is under way (shop)' })
  })

  it('that a failed deploy pulled go, but for the newest, which a run may take up again', () => {
    const plan = judged([4, 5].map((seq) => shopsImage(seq)))

    expect(plan.map(({ keep }) => keep)).toEqual([false, true])
  })

  it('that came a moment ago stay', () => {
    const [item] = judged([shopsImage(1, { namedAt: now - 40 * MINUTE })])

    expect(item?.why).toBe('came 40m ago; nothing younger than 1h goes')
  })

  it('that nobody knows the age of stay', () => {
    const [item] = judged([image('x', { digests: [`${shopImage}@${digest(9)}`], namedAt: null })])

    expect(item).toMatchObject({
      keep: true,
      why: 'nobody can tell when it came; nothing younger than 7d goes',
    })
  })

  it('of a project that is gone stay for as long as what is not slipway’s', () => {
    const left = (seq: number, age: number) =>
      image(`blog-${seq}`, {
        tags: [`slipway.local/blog:${seq}`],
        digests: [`registry.example.com/blog@${digest(50)}`],
        namedAt: now - age,
      })

    const [older, younger] = judged([left(3, 8 * DAY), left(4, 6 * DAY)])

    expect(older?.names).toEqual([`registry.example.com/blog@${digest(50)}`, 'slipway.local/blog:3'])
    expect(older?.why).toBe('blog is not in the configuration any more; came 8d ago')
    expect(younger).toMatchObject({ keep: true })
  })

  it('of a project without any record here stay as long: its disk may not be mounted', () => {
    const bare = { projects: [shop(0)] }

    const plan = judged([shopsImage(1, { namedAt: now - DAY }), shopsImage(2)], bare)

    expect(plan[0]?.why).toBe('shop has no release here; came 1d ago; nothing younger than 7d goes')
  })

  it('keep a name that somebody else gave, and the digest that was pulled with it', () => {
    const tagged = shopsImage(1, { tags: ['slipway.local/shop:1', `${shopImage}:latest`] })
    const elsewhere = shopsImage(1, { tags: ['backup:today', 'slipway.local/shop:1'] })

    expect(judged([tagged])[0]).toMatchObject({ names: ['slipway.local/shop:1'], bytes: 0 })
    expect(judged([elsewhere])[0]).toMatchObject({
      names: [`${shopImage}@${digest(1)}`, 'slipway.local/shop:1'],
      bytes: 0,
    })
  })

  it('of Docker Hub are known by the short names of the engine', () => {
    const hub = holdings('hub', { image: 'docker.io/acme/hub', untouchable: 'busy' })
    const pulled = image('hub', { digests: [`acme/hub@${digest(5)}`], firstSeenAt: old })

    expect(judged([pulled], { projects: [hub] })[0]).toMatchObject({ keep: true, project: 'hub' })
  })

  it.each<['keep' | 'dangling' | 'unused', string[]]>([
    ['keep', []],
    ['dangling', ['built', 'untagged']],
    ['unused', ['built', 'nginx', 'untagged']],
  ])('of others go by `unowned: %s`', (unowned, gone) => {
    const images = [
      image('nginx', { tags: ['nginx:1'], digests: [`nginx@${digest(60)}`], namedAt: old }),
      image('built', { namedAt: null, builtAt: old }),
      image('untagged', { digests: [`redis@${digest(61)}`], namedAt: old }),
      image('used', { tags: ['mysql:8'], namedAt: old }),
      image('young', { namedAt: null, builtAt: now - 6 * DAY }),
    ]
    const on = onShop(images, { containers: [container('db', { image: 'used' })] })

    const plan = planPrune(on, policy({ unowned }))

    const goes = plan.items.filter(({ kind, keep }) => kind === 'image' && !keep)
    expect(goes.map(({ id }) => id).toSorted()).toEqual(gone)
    expect(goes.find(({ id }) => id === 'built')?.names ?? ['built']).toEqual(['built'])
  })
})

describe('containers', () => {
  const judged = (one: ReturnType<typeof container>, over = policy(), projects = [shop(3)]) =>
    planPrune(inventory({ projects, containers: [one] }), over).items.find(({ kind }) => kind === 'container')
  const stopped = policy({ containers: 'stopped', labels: ['prune=yes', 'com.docker.compose.project=gone'] })
  const ofRun = { 'slipway.host': 'local', 'slipway.project': 'shop', 'slipway.role': 'migrate' }
  const ended = { endedAt: old }

  it.each<[string, ReturnType<typeof container>, string]>([
    ['runs', container('x', { isRunning: true, labels: { prune: 'yes' } }), 'it runs'],
    ['is young', container('x', { endedAt: now - HOUR }), 'ended 1h ago; nothing younger than 7d goes'],
    [
      'is of compose',
      container('x', { labels: { 'com.docker.compose.project': 'blog' } }),
      'of the compose project blog',
    ],
    ['is of a swarm', container('x', { labels: { 'com.docker.swarm.task.id': 'x', prune: 'yes' } }), 'swarm'],
    ['is a service', container('php', ended), 'a service of shop'],
    ['is a service by label', container('x', { labels: { role: 'web' } }), 'a service of shop'],
    ['was replaced a moment ago', container('php.slipway-old', ended), 'a service of shop'],
    ['was replaced by somebody', container('x.slipway-old', ended), 'its service is being replaced'],
    [
      'serves by slipway',
      container('x', { labels: { 'slipway.service.project': 'blog' } }),
      'a service of blog',
    ],
    [
      'is of a run of another worker',
      container('x', { labels: { ...ofRun, 'slipway.host': 'b' } }),
      'worker of b',
    ],
    ['is of a young run', container('x', { labels: ofRun, endedAt: now - MINUTE }), 'ended 1m ago'],
    [
      'is of a project that is gone',
      container('x', { labels: { ...ofRun, 'slipway.project': 'blog' } }),
      'not in the configuration',
    ],
  ])('stays when it %s', (_what, one, why) => {
    const services = [{ container: 'php' }, { label: ['role=web'] }]

    const item = judged(one, stopped, [shop(3, { services })])

    expect(item?.keep).toBe(true)
    expect(item?.why).toContain(why)
  })

  it.each<[string, ReturnType<typeof container>]>([
    ['has ended', container('x', ended)],
    ['has a label of the policy', container('x', { ...ended, labels: { prune: 'yes' } })],
    [
      'is of compose and has a label of the policy',
      container('x', { ...ended, labels: { 'com.docker.compose.project': 'gone' } }),
    ],
    ['was left by a run', container('x', { labels: ofRun, endedAt: now - 2 * HOUR })],
  ])('goes when it %s', (_what, one) => {
    expect(judged(one, stopped)?.keep).toBe(false)
  })

  it('of others stay by default, also with what they use', () => {
    const used = container('x', { ...ended, image: 'i', networks: ['n'], volumes: ['data'] })
    const things = {
      containers: [used],
      images: [image('i', { namedAt: old })],
      networks: [network('n')],
      volumes: [volume('data')],
    }
    const greedy: Parameters<typeof policy>[0] = {
      unowned: 'dangling',
      networks: 'unused',
      volumes: ['data'],
    }

    const staying = planPrune(inventory(things), policy(greedy))
    const going = planPrune(inventory(things), policy({ ...greedy, containers: 'stopped' }))

    expect(staying.items.map(({ keep }) => keep)).toEqual([true, true, true, true])
    expect(going.items.map(({ kind, keep }) => [kind, keep])).toEqual([
      ['container', false],
      ['image', false],
      ['network', false],
      ['volume', false],
    ])
  })

  it.each<[string, Parameters<typeof shop>[1]]>([
    ['is wanted', { wanted: [digest(8)] }],
    ['is busy', { untouchable: 'a deploy is under way' }],
    ['may be taken up again', { releases: [release(3), release(4, { status: 'copied', copiedAt: old })] }],
  ])('of a run stay while its deploy %s: a migration must not run twice', (_what, over) => {
    const labels = { ...ofRun, 'slipway.release': release(4).name }

    expect(judged(container('x', { labels, endedAt: old }), policy(), [shop(3, over)])?.keep).toBe(true)
  })
})

describe('networks and volumes', () => {
  it('stay by default, and when they are the engine’s, used, named by a project, a swarm’s or young', () => {
    const networks = [
      network('bridge'),
      network('ingress'),
      network('used'),
      network('shop_default'),
      network('swarm', { labels: { 'com.docker.swarm.x': '' } }),
      network('young', { createdAt: now - 6 * DAY }),
      network('unused'),
    ]
    const on = inventory({
      projects: [shop(2, { networks: ['shop_default'] })],
      networks,
      containers: [container('x', { networks: ['id-of-used'] })],
    })

    const gone = (over: Parameters<typeof policy>[0]) =>
      planPrune(on, policy(over)).items.filter(({ keep }) => !keep)

    expect(gone({})).toEqual([])
    expect(gone({ networks: 'unused' }).map(({ id }) => id)).toEqual(['id-of-unused'])
  })

  it('go by a label of the policy', () => {
    const on = inventory({ networks: [network('a', { labels: { ci: '' } }), network('b')] })

    const plan = planPrune(on, policy({ labels: ['ci'] }))

    expect(plan.items.map(({ name, keep }) => [name, keep])).toEqual([
      ['a', false],
      ['b', true],
    ])
  })

  it('of data go only when they are named and old', () => {
    const on = inventory({
      volumes: [volume('data'), volume('cache'), volume('young', { createdAt: now }), volume('x')],
    })

    const plan = planPrune(on, policy({ volumes: ['cache', 'young'] }))

    expect(plan.items.filter(({ keep }) => !keep).map(({ id }) => id)).toEqual(['cache'])
  })
})

describe('build cache', () => {
  const entry = (id: string, used: number, over = {}) => ({
    ...{ id, bytes: 10, isInUse: false, isShared: false, createdAt: 0, lastUsedAt: now - used * DAY },
    ...over,
  })
  const buildCache = [
    entry('a', 1),
    entry('b', 2),
    entry('c', 8),
    entry('d', 9, { isInUse: true }),
    entry('e', 10),
    entry('shared', 11, { isShared: true }),
    entry('never-used', 0, { lastUsedAt: null }),
  ]

  it('stays where the policy says nothing of it', () => {
    expect(planPrune(inventory({ buildCache }), policy()).items.every(({ keep }) => keep)).toBe(true)
  })

  it('goes when it is old and more than fits', () => {
    const limits = { build_cache: { keep: 20, older_than: 7 * DAY } }

    const plan = planPrune(inventory({ buildCache }), policy(limits))

    expect(plan.items.filter(({ keep }) => !keep).map(({ id }) => id)).toEqual(['c', 'e', 'never-used'])
  })
})
