// Runs a TypeScript file of this repository on a machine that has nothing but git, npm and some Node:
//   node scripts/run.mjs SCRIPT.ts [args…]
// Installs what package-lock.json names and a Node that is new enough, each once, and builds the console when its
// sources have changed; then runs the script on it.
// Plain JavaScript for the Node that happens to be there; it may not use what it is about to install.

import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const leastNode = [24, 14]
const installedNode = '24.21.0'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const tools = join(root, '.tools')
const lockFile = join(root, 'package-lock.json')
const consoleBuild = join('packages', 'console', 'build.ts')
const stampFile = join(root, 'node_modules', '.slipway-lock')

let lastFailure = ''

main(process.argv.slice(2))

function main([script, ...args]) {
  if (!script) fail('usage: node scripts/run.mjs SCRIPT.ts [args…]', 64)
  const node = ensureNode()
  const ours = process.env
  const env = { ...ours, PATH: `${dirname(node)}${delimiter}${ours.PATH ?? ''}` }
  ensureDependencies(env)
  ensureConsole(node, env)
  const child = spawn(node, [join(root, script), ...args], { stdio: 'inherit', env })
  // The script decides when it is done cleaning up; this process only waits for it.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.once('error', (cause) => fail(`${node} cannot be started: ${cause.message}`))
  child.once('exit', (code, signal) =>
    process.exit(code ?? 128 + (constants.signals[signal ?? 'SIGTERM'] ?? 15)),
  )
}

function ensureNode() {
  if (isNewEnough(process.versions.node)) return process.execPath
  const places = [
    join(tools, 'node_modules', 'node', 'bin', 'node'),
    join(tools, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin', 'node'),
  ]
  const present = places.find(runs)
  if (present) return present

  say(`Node ${process.versions.node} is too old for slipway: installing Node ${installedNode} into .tools/`)
  mkdirSync(tools, { recursive: true })
  // The package `node` fetches its binary in an install script; where those are switched off, the package that
  // holds the binary is taken by its own name.
  for (const name of ['node', `node-${process.platform}-${process.arch}`]) {
    npm(['install', '--prefix', tools, '--no-save', '--no-package-lock', `${name}@${installedNode}`], {
      cwd: tools,
    })
    const installed = places.find(runs)
    if (installed) return installed
  }
  return fail(
    `Node ${installedNode} could not be installed; install Node ${leastNode.join('.')} or newer yourself`,
  )
}

function isNewEnough(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > leastNode[0] || (major === leastNode[0] && minor >= leastNode[1])
}

function runs(node) {
  if (!existsSync(node)) return false
  const { status, stdout } = spawnSync(node, ['--version'], { encoding: 'utf8' })
  return status === 0 && isNewEnough(stdout.trim().slice(1))
}

function ensureDependencies(env) {
  const lock = readFileSync(lockFile)
  const wanted = createHash('sha256').update(lock).digest('hex')
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === wanted) return
  if (!isInstalled(JSON.parse(lock.toString('utf8')))) {
    say('installing the npm dependencies')
    install({ cwd: root, env })
  }
  writeFileSync(stampFile, wanted)
}

/** Without it all else works, and ingest says how to build it: no reason to stop. */
function ensureConsole(node, env) {
  const { status, stdout, stderr } = spawnSync(node, [join(root, consoleBuild), '--if-changed'], {
    cwd: root,
    encoding: 'utf8',
    env,
  })
  if (status !== 0) say(`the console could not be built:\n${`${stdout ?? ''}${stderr ?? ''}`.slice(0, 2000)}`)
}

function install(options) {
  if (npm(['ci'], options)) return
  // A lock file that was made where the packages of some other platform were not to be had is refused by `npm ci`;
  // `npm install` takes the same versions from it and only leaves those out.
  if (!npm(['install', '--no-save'], options))
    fail(`the dependencies could not be installed:\n${lastFailure}`)
}

/** True when npm's own record of what it installed says the same as the lock file. */
function isInstalled({ packages: wanted }) {
  const record = join(root, 'node_modules', '.package-lock.json')
  if (!existsSync(record)) return false
  const { packages: found } = JSON.parse(readFileSync(record, 'utf8'))
  return Object.entries(wanted).every(([path, entry]) => {
    if (!path.startsWith('node_modules/')) return true
    const there = found[path]
    // Optional ones are left out where they are for another platform.
    if (!there) return entry.optional === true || entry.devOptional === true
    return there.version === entry.version
  })
}

function npm(args, options) {
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error']
  const { status, stdout, stderr } = spawnSync('npm', [...args, ...quiet], { encoding: 'utf8', ...options })
  if (status !== 0) lastFailure = `${stdout ?? ''}${stderr ?? 'npm cannot be started'}`.slice(0, 2000)
  return status === 0
}

function say(line) {
  process.stderr.write(`${line}\n`)
}

function fail(line, code = 1) {
  say(line)
  process.exit(code)
}
