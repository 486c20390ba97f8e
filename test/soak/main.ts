// `npm run soak -- --deploys 500`: deploys one small site over and over, and fails when anything grows.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { ensureMachine } from '@slipway/lab'
import { reportLines } from './report.ts'
import { isFlat, soak } from './soak.ts'

const usage = `usage: npm run soak -- [--deploys N]
  --deploys  how many, a multiple of 50 and at least 100; default 500`
const every = 50
const period = 10
const keep = 5

const say = (line: string) => void process.stdout.write(`${line}\n`)

async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: { deploys: { type: 'string', default: '500' }, help: { type: 'boolean' } },
  })
  const deploys = Number(values.deploys)
  if (values.help || !(deploys >= 2 * every && deploys % every === 0)) {
    say(usage)
    return values.help ? 0 : 64
  }
  const folder = await mkdtemp(join(tmpdir(), 'slipway-soak-state-'))
  const interrupted = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort())
  const machine = await ensureMachine({ stateDir: folder, needs: ['redis'], say })
  if (!machine.ok) throw new Error(machine.why)
  try {
    const report = await soak({ deploys, warm: every, every, period, keep, say, signal: interrupted.signal })
    for (const line of reportLines(report)) say(line)
    return isFlat(report) ? 0 : 1
  } finally {
    await machine.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

process.exitCode = await main(process.argv.slice(2))
