// `npm run lock`: completes package-lock.json. A registry mirror may not offer the optional packages of other platforms;
// npm then leaves them out of the lock file, and `npm ci` refuses it everywhere else. `--check` only looks.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

interface Entry {
  readonly version?: string
  readonly license?: string
  readonly engines?: Readonly<Record<string, string>>
  readonly dev?: boolean
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

const file = fileURLToPath(new URL('../package-lock.json', import.meta.url))
const cpus: Readonly<Record<string, string>> = { x64: 'x64', 64: 'x64', arm64: 'arm64', arm: 'arm' }
const systems: Readonly<Record<string, string>> = {
  android: 'android',
  darwin: 'darwin',
  linux: 'linux',
  win32: 'win32',
  windows: 'win32',
}

const lock = JSON.parse(readFileSync(file, 'utf8'))
const packages: Record<string, Entry> = lock.packages
const missing = Object.entries(packages).flatMap(([path, entry]) =>
  Object.entries(entry.optionalDependencies ?? {})
    .filter(([name]) => !packages[`node_modules/${name}`] && !packages[`${path}/node_modules/${name}`])
    .map(([name, version]) => ({ name, version, parent: entry })),
)

if (process.argv.includes('--check')) {
  for (const { name } of missing) process.stderr.write(`package-lock.json leaves out ${name}: npm run lock\n`)
  process.exitCode = missing.length === 0 ? 0 : 1
} else {
  for (const { name, version, parent } of missing)
    packages[`node_modules/${name}`] = entryFor(name, version, parent)
  lock.packages = Object.fromEntries(
    Object.entries(packages).toSorted(([a], [b]) => a.localeCompare(b, 'en')),
  )
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`)
}

/** What npm would have written, as far as the name of the package tells it. */
function entryFor(name: string, version: string, { license, engines, dev }: Entry): object {
  const words = name.replace(/^@[^/]*\//, '').split('-')
  const cpu = words.map((word) => cpus[word]).find(Boolean)
  const os = words.map((word) => systems[word]).find(Boolean)
  if (!cpu || !os) throw new Error(`the name of ${name} does not say for which platform it is`)
  return {
    version,
    cpu: [cpu],
    ...(dev ? { dev } : {}),
    license,
    optional: true,
    os: [os],
    ...(words.includes('musl') ? { libc: ['musl'] } : {}),
    engines,
  }
}
