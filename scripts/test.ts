// `npm test`: makes the machine ready, runs the checks and all tests, and says in one line how many passed.
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ensureMachine, ensurePrograms, prepareImages, sweepLeftovers } from '@slipway/lab'

const root = fileURLToPath(new URL('..', import.meta.url))
const say = (line: string) => process.stdout.write(`${line}\n`)

interface Counts {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
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
    const checks = isWhole ? await run(['scripts/check.ts']) : 0
    const report = join(stateDir, 'report.json')
    const projects = machine.ok ? [] : ['--project', 'plain']
    const tests = await run([
      ...[join('node_modules', 'vitest', 'vitest.mjs'), 'run', ...projects],
      ...['--reporter=default', '--reporter=json', `--outputFile=${report}`, ...args],
    ])
    const counts = await readCounts(report)
    const left = machine.ok ? 0 : await countEngineTests(stateDir)
    say(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped + left} skipped`)
    return checks || tests || (counts.passed === 0 ? 1 : 0)
  } finally {
    if (machine.ok) await machine.stop()
    await rm(stateDir, { recursive: true, force: true })
  }
}

async function run(command: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, command, { cwd: root, stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => child.kill(signal))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => resolve(code ?? 1))
  })
}

async function readCounts(report: string): Promise<Counts> {
  const text = await readFile(report, 'utf8').catch(() => '{}')
  const {
    numPassedTests = 0,
    numFailedTests = 0,
    numFailedTestSuites = 0,
    numPendingTests = 0,
    numTodoTests = 0,
  } = JSON.parse(text)
  // A file that could not even be read has no tests that could fail.
  const failed = numFailedTests || numFailedTestSuites
  return { passed: numPassedTests, failed, skipped: numPendingTests + numTodoTests }
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
