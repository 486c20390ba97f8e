import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pino } from 'pino'
import { statfsDiskSpace } from '../src/adapters/statfs-disk-space.ts'
import { createDiskWatch } from '../src/disk-watch/disk-watch.ts'
import { statDevice } from '../src/disk-watch/distinct-disks.ts'
import { calm } from './failure.ts'
import { createManualTimer } from './fakes/manual-timer.ts'
import { createRecordingNotifier } from './fakes/recording-notifier.ts'
import { pruneRecord } from './prunes.ts'

/**
 * Runs in a mount namespace of its own: watches a disk of ten megabytes while it fills up, and says what was done and told at
 * each step. Files that begin with `old` are what the policy lets go.
 */
const [place = ''] = process.argv.slice(2)
execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=10m,nr_inodes=200', 'tmpfs', place])
const root = join(place, 'shop')
mkdirSync(root)
const timer = createManualTimer()
const notifier = createRecordingNotifier(['disk'])
let pruned = 0
const watch = createDiskWatch({
  ...{ host: 'web1', notifier, timer, log: pino({ level: 'silent' }), deviceOf: statDevice },
  settings: { warn: 0.15, act: 0.1, every: 1_000 },
  async read() {
    const measure = await statfsDiskSpace.measure(root)
    return measure ? [{ of: 'shop', path: root, ...measure }] : []
  },
  pruning: {
    async run() {
      pruned += 1
      for (const name of readdirSync(root)) if (name.startsWith('old')) rmSync(join(root, name))
      return pruneRecord({ cause: 'disk' })
    },
    isUnderWay: false,
  },
})

const steps: object[] = []
async function step(name: string): Promise<void> {
  await timer.sleep(2 * 3_600_000, calm)
  const before = notifier.told.length
  await watch.look(calm)
  steps.push({ step: name, pruned, told: notifier.told.slice(before).map(({ text }) => text) })
}

const write = (name: string, tenths: number) =>
  writeFileSync(join(root, name), Buffer.alloc(tenths * 104_857))
await step('empty')
write('stays', 84)
write('old-1', 3)
await step('low')
write('old-2', 5)
await step('pressing')
write('more-that-stays', 9)
await step('full of what stays')
rmSync(join(root, 'stays'))
rmSync(join(root, 'more-that-stays'))
await watch.look(calm)
for (const at of Array(194).keys()) writeFileSync(join(root, `tiny-${at}`), '')
await step('without inodes')
process.stdout.write(JSON.stringify(steps))
