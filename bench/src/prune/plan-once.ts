// Plans one prune of a host of the size that is given, and prints what that took: a process of its own, for its memory.
import { parseConfig, planPrune } from '@slipway/core'
import { median } from '../figures.ts'
import { makeInventory } from './inventory.ts'

const [images = 0, releases = 0, projects = 0] = process.argv.slice(2).map(Number)
const rounds = 5

const read = parseConfig({ redis: { url: 'redis://127.0.0.1:6379' }, ingest: {}, projects: {}, hooks: {} })
if (!read.ok) throw new Error(JSON.stringify(read.mistakes))
const { prune: policy } = read.config
const before = process.memoryUsage.rss()
const inventory = makeInventory({ images, releases, projects })

// The first of each counts: a prune comes once a day, to code that nobody has warmed up.
const firstPlan = timed(() => planPrune(inventory, policy))
// Here and not at the end, or it would be that of what is measured for comparison.
const peakRss = process.resourceUsage().maxRSS * 1_024
const firstText = timed(() => JSON.stringify(inventory))
const plans = Array.from({ length: rounds }, () => timed(() => planPrune(inventory, policy)).milliseconds)
const texts = Array.from({ length: rounds }, () => timed(() => JSON.stringify(inventory)).milliseconds)

const { items } = firstPlan.value
process.stdout.write(
  JSON.stringify({
    first: firstPlan.milliseconds,
    firstFloor: firstText.milliseconds,
    warm: median(plans),
    warmFloor: median(texts),
    items: items.length,
    deleted: items.filter(({ keep }) => !keep).length,
    rssBefore: before,
    peakRss,
  }),
)

function timed<T>(work: () => T): { readonly value: T; readonly milliseconds: number } {
  const begun = performance.now()
  const value = work()
  return { value, milliseconds: performance.now() - begun }
}
