// `npm test`: makes the machine ready, runs the checks and all tests, and says in one line how many passed.
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ensureMachine, ensurePrograms, prepareImages, sweepLeftovers } from '@slipway/lab'

const root = fileURLToPath(new URL('..', import.meta.url))
const say = (line: string) => process.stdout.write(`${line}\n`)

interface Counts {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  /** Each failed test with the beginning of what it said. */
  readonly failures: readonly string[]
}

/** What one run of the test runner came to. */
interface Outcome extends Counts {
  readonly code: number
}

async function main(args: readonly string[]): Promise<number> {
  const stateDir = await mkdtemp(join(tmpdir(), 'slipway-tests-'))
  // Hundreds of processes are started below, each of which would compile the same code again.
  process.env.NODE_COMPILE_CACHE ??= join(stateDir, 'cache')
  const machine = await ensureMachine({ stateDir, needs: ['redis', 'chromium'], say })
  try {
    if (machine.ok) {
      await sweepLeftovers()
      // Now, and not in the middle of whatever test happens to need them first.
      await ensurePrograms(['docker-registry', 'busybox', 'ip', 'faketime'], { say })
      await prepareImages(['redis', 'registry', 'php', 'php-fpm', 'nginx', 'mariadb'], { say })
    } else say(`no Docker Engine here, the tests that need one are counted as skipped: ${machine.why}`)
    const isWhole = args.length === 0
    const outcomes = isWhole
      ? await Promise.all(machine.ok ? [runSystem(stateDir), runInside(stateDir)] : [runInside(stateDir)])
      : [await runTests(stateDir, machine.ok ? args : ['--project', 'plain', ...args])]
    const left = machine.ok ? 0 : await countEngineTests(stateDir)
    return conclude(outcomes, left)
  } finally {
    if (machine.ok) await machine.stop()
    await rm(stateDir, { recursive: true, force: true })
  }
}

/** The whole system, one file at a time: two of them would only wait for one another. */
function runSystem(stateDir: string): Promise<Outcome> {
  return runTests(stateDir, ['--project', 'engine'])
}

/** All else, on the core that those leave idle while they wait. What it says is held back until it has ended. */
async function runInside(stateDir: string): Promise<Outcome> {
  const checks = await run(['scripts/check.ts'], 'later')
  const tests = await runTests(stateDir, ['--project', 'plain', '--maxWorkers', '1'], 'later')
  return { ...tests, code: checks || tests.code }
}

async function runTests(stateDir: string, args: readonly string[], when: When = 'now'): Promise<Outcome> {
  const report = join(stateDir, `report-${args.length}.json`)
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile=${report}`]
  const code = await run([join('node_modules', 'vitest', 'vitest.mjs'), 'run', ...reporters, ...args], when)
  return { ...(await readReport(report)), code }
}

function conclude(outcomes: readonly Outcome[], left: number): number {
  for (const failure of outcomes.flatMap(({ failures }) => failures)) say(`FAILED ${failure}`)
  const sum = (of: (outcome: Outcome) => number) => outcomes.reduce((total, one) => total + of(one), 0)
  const passed = sum((one) => one.passed)
  say(`${passed} passed, ${sum((one) => one.failed)} failed, ${sum((one) => one.skipped) + left} skipped`)
  return outcomes.find(({ code }) => code !== 0)?.code ?? (passed === 0 ? 1 : 0)
}

type When = 'now' | 'later'

async function run(command: readonly string[], when: When = 'now'): Promise<number> {
  const output = when === 'now' ? 'inherit' : 'pipe'
  const child = spawn(process.execPath, command, { cwd: root, stdio: ['inherit', output, output] })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => child.kill(signal))
  const said: Buffer[] = []
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (piece: Buffer) => said.push(piece))
  const code = await new Promise<number>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (status) => resolve(status ?? 1))
  })
  process.stdout.write(Buffer.concat(said))
  return code
}

interface Report {
  readonly numPassedTests?: number
  readonly numFailedTests?: number
  readonly numFailedTestSuites?: number
  readonly numPendingTests?: number
  readonly numTodoTests?: number
  readonly testResults?: readonly {
    readonly name: string
    readonly status: string
    readonly message: string
    readonly assertionResults: readonly {
      readonly status: string
      readonly fullName: string
      readonly failureMessages: readonly string[] | null
    }[]
  }[]
}

async function readReport(file: string): Promise<Counts> {
  const report = JSON.parse(await readFile(file, 'utf8').catch(() => '{}')) as Report
  const { numPassedTests: passed = 0, numFailedTests = 0, numFailedTestSuites = 0 } = report
  const failures = (report.testResults ?? []).flatMap(({ name, status, message, assertionResults }) => {
    const failed = assertionResults.filter((one) => one.status === 'failed')
    if (failed.length === 0 && status === 'failed') return [`${relative(root, name)}: ${firstLines(message)}`]
    return failed.map(
      ({ fullName, failureMessages }) =>
        `${relative(root, name)} > ${fullName}: ${firstLines(failureMessages?.[0] ?? '')}`,
    )
  })
  return {
    passed,
    // A file that could not even be read has no tests that could fail.
    failed: numFailedTests || numFailedTestSuites,
    skipped: (report.numPendingTests ?? 0) + (report.numTodoTests ?? 0),
    failures,
  }
}

function firstLines(text: string): string {
  return text.split('\n').slice(0, 4).join(' ').slice(0, 600)
}

async function countEngineTests(stateDir: string): Promise<number> {
  const list = join(stateDir, 'engine.json')
  await run([
    join('node_modules', 'vitest', 'vitest.mjs'),
    'list',
    '--no-static-parse',
    '--project',
    'engine',
    `--json=${list}`,
  ])
  return JSON.parse(await readFile(list, 'utf8')).length
}

process.exitCode = await main(process.argv.slice(2))
