// `npm run torture -- --minutes 10 --seed N`: breaks a whole system at random and holds it to its promises.
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { ensureMachine } from '@slipway/lab'
import { reportLines } from './report.ts'
import { isGood, torture } from './torture.ts'

const usage = `usage: npm run torture -- [--minutes N] [--seed N] [--projects N] [--workers N]
  --minutes   how long things break; default 1
  --seed      the same faults in the same order; default: a random one, which is printed
  --projects  default 6
  --workers   on one host; default 3`

const say = (line: string) => void process.stdout.write(`${line}\n`)

async function main(args: readonly string[]): Promise<number> {
  const text = { type: 'string' } as const
  const { values } = parseArgs({
    args: [...args],
    options: { minutes: text, seed: text, projects: text, workers: text, help: { type: 'boolean' } },
  })
  if (values.help) {
    say(usage)
    return 0
  }
  const seed = number(values.seed, Math.floor(Math.random() * 1_000_000))
  const folder = await mkdtemp(join(tmpdir(), 'slipway-torture-'))
  const interrupted = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort())

  const machine = await ensureMachine({ stateDir: folder, needs: ['redis'], say })
  if (!machine.ok) throw new Error(machine.why)
  try {
    const report = await torture({
      duration: number(values.minutes, 1) * 60_000,
      seed,
      projects: number(values.projects, 6),
      workers: number(values.workers, 3),
      logFile: join(folder, 'events.jsonl'),
      say,
      signal: interrupted.signal,
    })
    for (const line of reportLines(report)) say(line)
    say(`every event: ${join(folder, 'events.jsonl')}; again: --seed ${seed}`)
    return isGood(report) ? 0 : 1
  } finally {
    await machine.stop()
  }
}

function number(text: string | undefined, otherwise: number): number {
  const value = text === undefined ? otherwise : Number(text)
  if (!(value > 0)) throw new Error(usage)
  return value
}

process.exitCode = await main(process.argv.slice(2))
