import fc from 'fast-check'
import type { PrunePolicy } from '../src/prune/item.ts'
import { idOf } from './model-engine.ts'
import { deploy, ends, goBack, type ModelHost, repositories, retain } from './model-host.ts'
import { DAY, digest, HOUR, MINUTE, policy } from './prune-things.ts'

const projects = 3
const contents = 6
const project = fc.nat(projects - 1)
const content = fc.nat(contents - 1)
const place = fc.nat(5)

/** Of people: what nobody but they knows of. They build other contents than the registry has. */
const builtFrom = 100

const happening = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      what: fc.constant('deploy'),
      ...{
        project,
        content,
        end: fc.constantFrom('live', 'live', 'live', ...ends),
        isTidied: fc.nat(3).map((one) => one === 0),
      },
    }),
  },
  { weight: 3, arbitrary: fc.record({ what: fc.constant('back'), project, which: place }) },
  {
    weight: 2,
    arbitrary: fc.record({
      what: fc.constant('container'),
      ...{ content, place, isRunning: fc.boolean(), of: fc.constantFrom('nobody', 'compose', 'service') },
    }),
  },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('stop'), place, isRemoved: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({
      what: fc.constant('person'),
      ...{
        content,
        does: fc.constantFrom('pulls', 'pulls by digest', 'moves a tag', 'tags', 'builds', 'takes a name'),
      },
      at: fc.constantFrom(...repositories, 'docker.example.com/other'),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      what: fc.constant('wait'),
      time: fc.constantFrom(MINUTE, 50 * MINUTE, 5 * HOUR, DAY, 6 * DAY, 9 * DAY),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      what: fc.constant('turn'),
      ...{ project, content, into: fc.constantFrom('busy', 'wanted', 'gone', 'moved') },
    }),
  },
  { weight: 3, arbitrary: fc.record({ what: fc.constant('prune'), policy: fc.nat(2) }) },
)

/** One thing that happens to a host. */
export type Happening = typeof happening extends fc.Arbitrary<infer One> ? One : never

/** What happens to a host in some weeks. */
export const history = fc.array(happening, { minLength: 5, maxLength: 60 })

export const policies: readonly PrunePolicy[] = [
  policy(),
  policy({ unowned: 'dangling', containers: 'stopped' }),
  policy({ unowned: 'unused', containers: 'stopped', older_than: 0, min_age: 10 * MINUTE }),
]

/** Lets one thing happen; a prune is for the caller. */
export function happen(host: ModelHost, one: Exclude<Happening, { what: 'prune' }>): void {
  const { engine } = host
  if (one.what === 'wait' && 'time' in one) host.now += one.time
  if ('project' in one) onProject(host, one)
  if ('does' in one) byPerson(host, one)
  if ('isRunning' in one) {
    const labels = {
      ...(one.of === 'compose' ? { 'com.docker.compose.project': 'blog' } : {}),
      ...(one.of === 'service' ? { 'slipway.service.project': 'staging' } : {}),
    }
    const times = { createdAt: host.now, endedAt: one.isRunning ? null : host.now }
    engine.run(`c${one.place}`, idOf(one.content), { isRunning: one.isRunning, labels, ...times })
  }
  if ('isRemoved' in one) {
    const name = `c${one.place}`
    const found = engine.containers.get(name)
    if (found && one.isRemoved) engine.containers.delete(name)
    else if (found) engine.containers.set(name, { ...found, isRunning: false, endedAt: host.now })
  }
}

function onProject(host: ModelHost, one: Extract<Happening, { project: number }>): void {
  const found = host.projects[one.project]
  if (!found) return
  const isAtRest = found.isConfigured && !found.isBusy
  if ('end' in one && isAtRest) {
    deploy(host, found, one.content, one.end)
    if (one.end === 'live' && one.isTidied) retain(host, found)
  }
  if ('which' in one && isAtRest) goBack(found, one.which)
  if (!('into' in one)) return
  if (one.into === 'busy') found.isBusy = !found.isBusy
  if (one.into === 'gone') found.isConfigured = !found.isConfigured
  if (one.into === 'wanted') found.wanted = found.wanted.length > 0 ? [] : [digest(one.content)]
  if (one.into === 'moved') found.image = repositories[one.content % 2] ?? found.image
}

function byPerson({ engine, now }: ModelHost, one: Extract<Happening, { does: string }>): void {
  const { content: number, does, at } = one
  if (does === 'pulls') engine.pull(number, `${at}:v${number}`, now)
  if (does === 'pulls by digest') engine.pull(number, `${at}@${digest(number)}`, now)
  if (does === 'moves a tag') engine.pull(number, `${at}:latest`, now)
  if (does === 'tags') engine.tag(idOf(number), `backup:${number}`, now)
  // It may have been the name by which a project keeps the image.
  if (does === 'takes a name') {
    const names = engine.namesOf(idOf(number)).filter((name) => name.startsWith('slipway.local/'))
    if (names[0] !== undefined) engine.remove(names[0])
  }
  if (does === 'builds') engine.build(builtFrom + number, now)
}
