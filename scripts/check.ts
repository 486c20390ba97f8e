// The checks that need no running part: formatting and lint, the import table, types, generated pages.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const bin = (name: string) => join(root, 'node_modules', '.bin', name)

const checks: readonly (readonly [name: string, program: string, ...args: string[]])[] = [
  ['format and lint', bin('biome'), 'check', '--error-on-warnings', '.'],
  ['imports between packages', bin('turbo'), 'boundaries'],
  ['types', bin('turbo'), 'run', 'types', '--output-logs=errors-only'],
  ['types of the scripts', bin('tsc'), '-p', 'scripts'],
  ['lock file', process.execPath, 'scripts/lock.ts', '--check'],
  ['generated pages', process.execPath, 'scripts/docs.ts', '--check'],
]

let failed = 0
for (const [name, program, ...args] of checks) {
  const { status } = spawnSync(program, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1' },
  })
  process.stdout.write(`${status === 0 ? 'good' : 'BAD '}  ${name}\n`)
  if (status !== 0) failed += 1
}
process.exitCode = failed === 0 ? 0 : 1
