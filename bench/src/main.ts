// `npm run bench -- NAME`: each figure against its floor, measured in the same run.
import { benchQueue } from './queue/bench.ts'
import { benchRelease } from './release/bench.ts'
import { benchWebhook } from './webhook/bench.ts'

const benches: Readonly<Record<string, () => Promise<void>>> = {
  webhook: benchWebhook,
  release: benchRelease,
  queue: benchQueue,
}

const [name = ''] = process.argv.slice(2)
const bench = benches[name]
if (bench) await bench()
else {
  process.stderr.write(`usage: npm run bench -- ${Object.keys(benches).join(' | ')}\n`)
  process.exitCode = 64
}
