import { readFile, writeFile } from 'node:fs/promises'
import type { PrivateEngine } from '@slipway/lab'
import { parse, stringify } from 'yaml'
import type { FaultStack } from './fault-stack.ts'

/** One line of a plan, as `slipway prune --json` writes it. */
export interface PrunedThing {
  readonly kind: string
  readonly name: string
  readonly project: string | null
  readonly bytes: number
  readonly why: string
}

/** What one prune did, as `slipway prune --json` writes it. */
export interface PruneReport {
  readonly outcome: string
  readonly errorCode: string | null
  readonly why: string | null
  readonly counts: Readonly<
    Record<string, { readonly kept: number; readonly deleted: number; readonly failed: number }>
  >
  readonly deleted: readonly PrunedThing[]
  readonly kept: readonly PrunedThing[]
  readonly problems: readonly { readonly kind: string; readonly name: string; readonly why: string }[]
  readonly freedBytes: number
  readonly before: readonly { readonly of: string; readonly freeBytes: number }[]
  readonly after: readonly { readonly of: string; readonly freeBytes: number }[]
  readonly advice: string | null
}

/** All that is on an engine, by name, as its own client lists it. */
export interface EngineList {
  /** By what they are called; those without a name by their ids. */
  readonly images: readonly string[]
  readonly containers: readonly string[]
  readonly networks: readonly string[]
  readonly volumes: readonly string[]
}

/** Has a prune run now, or planned, and waits for what came of it. */
export async function prune(stack: FaultStack, ...options: readonly string[]): Promise<PruneReport> {
  const { code, stdout, stderr } = await stack.cli('prune', '--json', ...options)
  const answers = (stdout ? JSON.parse(stdout) : []) as { readonly prune: PruneReport | null }[]
  const report = answers[0]?.prune
  if (!report) throw new Error(`the prune was not answered (${code}): ${stdout}${stderr}`)
  return report
}

export async function listEngine({ docker }: PrivateEngine): Promise<EngineList> {
  const lines = async (...args: string[]) => (await docker(...args)).split('\n').filter(Boolean).toSorted()
  const rows = await lines(
    'images',
    '--digests',
    '--no-trunc',
    '--format',
    '{{.Repository}} {{.Tag}} {{.Digest}} {{.ID}}',
  )
  const images = rows.map((row) => {
    const [repository = '', tag, digest, id = ''] = row.split(' ')
    if (tag !== '<none>') return `${repository}:${tag}`
    return digest === '<none>' ? id : `${repository}@${digest}`
  })
  return {
    images: [...new Set(images)].toSorted(),
    containers: await lines('ps', '--all', '--format', '{{.Names}} {{.State}}'),
    networks: await lines('network', 'ls', '--format', '{{.Name}}'),
    volumes: await lines('volume', 'ls', '--format', '{{.Name}}'),
  }
}

interface PruneConfig {
  /** Releases that are kept of every project. */
  readonly keep: number
  readonly prune: Readonly<Record<string, unknown>>
}

/** Says to the workers that are started next how much stays. */
export async function configurePrune(stack: FaultStack, { keep, prune: policy }: PruneConfig): Promise<void> {
  const file = stack.config.workerFile('local')
  const config = parse(await readFile(file, 'utf8')) as {
    projects: Record<string, { release: Record<string, unknown> }>
    prune?: unknown
  }
  for (const project of Object.values(config.projects)) project.release.keep = keep
  await writeFile(file, stringify({ ...config, prune: policy }))
}
