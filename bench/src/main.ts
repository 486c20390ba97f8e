// `npm run bench -- NAME [--quick]`: each figure against its floor, measured in the same run.
import { parseArgs } from 'node:util'
import type { BenchOptions } from './bars.ts'
import { benchHealth } from './health/bench.ts'
import { benchLive } from './live/bench.ts'
import { benchPrune } from './prune/bench.ts'
import { benchQueue } from './queue/bench.ts'
import { benchRelease } from './release/bench.ts'
import { benchWebhook } from './webhook/bench.ts'

/** Those that have a small form. */
const withQuick: Readonly<Record<string, (options: BenchOptions) => Promise<void>>> = {
  release: benchRelease,
  live: benchLive,
  health: benchHealth,
  prune: benchPrune,
  webhook: benchWebhook,
}
const benches: Readonly<Record<string, (options: BenchOptions) => Promise<void>>> = {
  queue: benchQueue,
  ...withQuick,
}
const usage = `usage: npm run bench -- ${Object.keys(benches).join(' | ')} [--quick]
  webhook  accepted pushes a second, against a bare route; what finding a project costs; memory over a million calls
  queue    what many projects cost, and how soon a nudge is taken
  release  the step copy against docker cp, reading alone and hard links; disk; a sweep over the number of files
  live     from a push to its first answer, and back again by \`slipway rollback\`
  health   event loop and memory of the worker while it copies
  prune    the plan of a prune: time and memory of 1,000 images and 10,000 releases
  --quick  of ${Object.keys(withQuick).join(', ')}: few files, one round, bars shown and not enforced
`

const { values, positionals } = parseArgs({
  options: { quick: { type: 'boolean', default: false } },
  allowPositionals: true,
})
const [name = '', ...further] = positionals
const bench = benches[name]
if (bench && further.length === 0 && (name in withQuick || !values.quick)) await bench(values)
else {
  process.stderr.write(usage)
  process.exitCode = 64
}
