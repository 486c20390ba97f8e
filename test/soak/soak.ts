import { type FigureName, type Figures, findGrown } from './figures.ts'
import { createWorld, type World } from './world.ts'

export interface SoakOptions {
  readonly deploys: number
  /** So many deploys make it warm: from then on nothing may grow. */
  readonly warm: number
  /** Deploys between two looks, a multiple of `period`. */
  readonly every: number
  /** Deploys after which the mixture of what goes well and what does not begins anew; at least 6. */
  readonly period: number
  readonly keep: number
  readonly say: (line: string) => void
  readonly signal?: AbortSignal | undefined
}

export interface Look {
  readonly deploys: number
  readonly figures: Figures
}

export interface SoakReport {
  readonly looks: readonly Look[]
  readonly outcomes: Readonly<Record<string, number>>
  /** What ended otherwise than it had to. */
  readonly surprises: readonly string[]
  readonly warm: Look
  readonly end: Look
  /** Deploys and rollbacks between these two. */
  readonly runs: number
  readonly grown: readonly FigureName[]
}

/** Of each period's deploys, counted from one: this one fails its check, and after that one somebody goes back. */
const sick = 3
const regretted = 5

/** Deploys one version after the other, and counts now and then what all of them left behind. */
export async function soak(options: SoakOptions): Promise<SoakReport> {
  const world = await createWorld(options)
  try {
    return await run(world, options)
  } finally {
    await world.stop()
  }
}

async function run(world: World, options: SoakOptions): Promise<SoakReport> {
  const { deploys, warm, every, period, say, signal } = options
  const outcomes: Record<string, number> = {}
  const surprises: string[] = []
  let runs = 0
  let runsWhenWarm = 0
  const note = (what: string, found: string, expected: string) => {
    runs += 1
    outcomes[found] = (outcomes[found] ?? 0) + 1
    if (found !== expected) surprises.push(`${what} ended as ${found}, not ${expected}`)
  }
  note('the first deploy', await world.deploy(0, true), 'live')
  const looks: Look[] = [{ deploys: 0, figures: await world.figures() }]
  for (let deploy = 1; deploy <= deploys && !signal?.aborted; deploy += 1) {
    const isWell = deploy % period !== sick
    note(`deploy ${deploy}`, await world.deploy(deploy, isWell), isWell ? 'live' : 'rolled-back')
    if (deploy % period === regretted) note(`the way back from ${deploy}`, await world.rollBack(), 'live')
    if (deploy % every !== 0) continue
    looks.push({ deploys: deploy, figures: await world.figures() })
    if (deploy === warm) runsWhenWarm = runs
    say(`${deploy} of ${deploys} deploys`)
  }
  const warmLook = looks.find((look) => look.deploys === warm)
  const end = looks.at(-1)
  if (!warmLook || !end || end === warmLook)
    throw new Error(`${deploys} deploys are too few to see anything grow`)
  const between = runs - runsWhenWarm
  const grown = findGrown(warmLook.figures, end.figures, between)
  return { looks, outcomes, surprises, warm: warmLook, end, runs: between, grown }
}

/** True when nothing grew and all ended as it had to. */
export function isFlat({ grown, surprises }: SoakReport): boolean {
  return grown.length === 0 && surprises.length === 0
}
