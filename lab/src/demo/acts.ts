import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { LabOptions } from '../lab-options.ts'
import { poll } from '../poll.ts'
import { hammer, watchCurrent } from '../sampler.ts'
import { runCli } from '../slipway.ts'
import { buildSource, push, type SiteVariant } from '../source-image.ts'
import type { Stage } from './stage.ts'

const deployTimeoutMs = 90_000
const statusEveryMs = 2000
/** Ends of a deployment after which its page does not come. */
const endings = ['failed', 'rolled-back', 'superseded', 'cancelled', 'needs-operator']

/** A check of the demo: what it says, and whether it holds. */
export interface Finding {
  readonly says: string
  readonly holds: boolean
}

/** The first version goes live because it was pushed. */
export async function firstVersion(stage: Stage, options: LabOptions): Promise<Finding[]> {
  await release(stage, 'v1', 'v1', options)
  await waitForPage(stage, 'v1', options)
  const page = await showPage(stage, options)
  await showOutcome(stage, 'v1', 'live', options)
  return [{ says: 'v1 is live', holds: page.includes('<p>version v1</p>') }]
}

/** The second brings a migration and goes live while visitors come without a pause. */
export async function secondVersion(stage: Stage, options: LabOptions): Promise<Finding[]> {
  const visitors = await hammer(stage.site.siteUrl)
  const watcher = await watchCurrent(stage.root, { countVendor: true })
  await release(stage, 'v2', 'v2', options)
  await waitForPage(stage, 'v2', options)
  await showOutcome(stage, 'v2', 'live', options)
  const [seen, current] = [await visitors.stop(), await watcher.stop()]
  const page = await showPage(stage, options)
  const rows = await stage.site.query('SELECT text FROM announcements')
  options.say(`${seen.total} requests meanwhile, ${seen.failed} failed ${reasons(seen.reasons)}`)
  options.say(`current was looked at ${current.looks} times, ${current.gaps.length} times it was not whole`)
  options.say(`the migration's row in MariaDB: ${JSON.stringify(rows)}`)
  return [
    { says: 'v2 is live', holds: page.includes('<p>version v2</p>') },
    { says: 'no request failed during the switch', holds: seen.total > 0 && seen.failed === 0 },
    { says: 'visitors saw v1, then v2', holds: seen.versions.join() === 'v1,v2' },
    { says: 'current was never missing or half there', holds: current.gaps.length === 0 },
    { says: 'the migration ran', holds: rows.some(({ text }) => text === 'Version two is here') },
  ]
}

/** The third starts but is not healthy: slipway goes back by itself. */
export async function thirdVersion(stage: Stage, options: LabOptions): Promise<Finding[]> {
  const before = await readPage(stage)
  const watcher = await watchCurrent(stage.root)
  await release(stage, 'v3', 'unhealthy', options)
  await showOutcome(stage, 'v3', 'rolled-back', options)
  const { targets } = await watcher.stop()
  const after = await showPage(stage, options)
  const revisions = targets.map(({ revision }) => revision).join()
  options.say(`current pointed at ${revisions}`)
  return [
    { says: 'v3 was tried and v2 came back', holds: revisions === 'v2,v3,v2' },
    { says: 'the page is byte for byte what it was before', holds: before === after },
  ]
}

async function release(
  stage: Stage,
  version: string,
  variant: SiteVariant,
  options: LabOptions,
): Promise<void> {
  const tag = `${stage.image}:${version}`
  const { registryUser: username, registryPassword } = stage.secrets
  options.say(`building and pushing ${tag}`)
  await buildSource({ ...options, variant, version, tag })
  const digest = await push(tag, { username, password: registryPassword.value }, options.signal)
  options.say(`pushed ${digest.slice(0, 19)}; the rest is the registry's notification and slipway`)
}

/** Looks at the page often and at the deployment now and then: one that failed will not bring a page any more. */
async function waitForPage(stage: Stage, version: string, { signal }: LabOptions): Promise<void> {
  const isShown = async () => (await readPage(stage)).includes(`<p>version ${version}</p>`)
  let nextStatus = performance.now() + statusEveryMs
  const end = await poll(
    async () => {
      if (await isShown()) return 'shown'
      if (performance.now() < nextStatus) return false
      nextStatus = performance.now() + statusEveryMs
      const status = await readStatus(stage)
      return endings.some((ending) => names(status, [version, ending])) && status
    },
    { what: `the page of ${version}`, timeoutMs: deployTimeoutMs, everyMs: 100, signal },
  )
  if (end !== 'shown' && !(await isShown())) throw new Error(`${version} did not go live:\n${end}`)
}

async function readPage({ site }: Stage): Promise<string> {
  const response = await fetch(site.siteUrl, { signal: AbortSignal.timeout(5000) })
  return response.text()
}

async function showPage(stage: Stage, { say }: LabOptions): Promise<string> {
  const page = await readPage(stage)
  say(`${stage.site.siteUrl} answers:\n${indented(page)}`)
  return page
}

/** What the operator sees, as soon as it names the outcome of the newest deployment. */
async function showOutcome(
  stage: Stage,
  version: string,
  outcome: string,
  { say, signal }: LabOptions,
): Promise<void> {
  const revision = async () => (await readFile(join(stage.root, 'current', 'REVISION'), 'utf8')).trim()
  const status = await poll(
    async () => {
      const table = await readStatus(stage)
      return names(table, [version, outcome]) && table
    },
    {
      what: `slipway status to say ${outcome} of ${version}`,
      timeoutMs: deployTimeoutMs,
      everyMs: 300,
      signal,
    },
  )
  say(`slipway status (${await revision()} is current):\n${indented(status)}`)
}

async function readStatus({ configFile }: Stage): Promise<string> {
  const { code, stdout, stderr } = await runCli(['status'], { configFile })
  if (code !== 0) throw new Error(`slipway status ended with ${code}: ${stderr || stdout}`)
  return stdout
}

function names(table: string, words: readonly string[]): boolean {
  return table.split('\n').some((line) => {
    const cells = line.split(/\s+/)
    return words.every((word) => cells.includes(word))
  })
}

function indented(text: string): string {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => `        ${line}`)
    .join('\n')
}

function reasons(found: Readonly<Record<string, number>>): string {
  return Object.keys(found).length > 0 ? JSON.stringify(found) : ''
}
