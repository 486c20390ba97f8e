/** What a long-lived system has of everything, at a moment in which nothing is under way. */
export type Figures = Readonly<Record<FigureName, number>>

export type FigureName = keyof typeof tolerances

/** What the last look may show more than the one after the warm-up: `times` as much, `plus` so much, and `each` for each run. */
export interface Tolerance {
  readonly times: number
  readonly plus: number
  /** Only where something of each run is kept on purpose, for a stated number of them. */
  readonly each?: number
}

const exact: Tolerance = { times: 1, plus: 0 }

/** Every figure that is looked at, with its unit in the name. */
export const tolerances = {
  'worker: open files': { times: 1, plus: 4 },
  'worker: threads': { times: 1, plus: 2 },
  'worker: RSS, MB': { times: 1.2, plus: 15 },
  'worker: heap after gc, MB': { times: 1.1, plus: 3 },
  'ingest: open files': { times: 1, plus: 4 },
  'ingest: threads': { times: 1, plus: 2 },
  'ingest: RSS, MB': { times: 1.2, plus: 15 },
  'ingest: heap after gc, MB': { times: 1.1, plus: 3 },
  containers: exact,
  images: exact,
  'names of images': exact,
  'temporary files of services': exact,
  'unfinished in the release root': exact,
  releases: exact,
  'entries in .slipway': { times: 1, plus: 2 },
  '.slipway, KB': { times: 1.1, plus: 16 },
  'jobs that wait or run': exact,
  // One in ten deploys fails its check here; the queue keeps 5,000 of them.
  'jobs that failed': { times: 1, plus: 0, each: 0.2 },
  // The record and the log of a deployment, its job and the job's log: kept of the last 500 deployments of a project and
  // of the last 5,000 jobs of a host.
  'Redis: keys': { times: 1, plus: 10, each: 4 },
  'Redis: memory, KB': { times: 1.1, plus: 500, each: 8 },
} as const satisfies Readonly<Record<string, Tolerance>>

export const figureNames = Object.keys(tolerances) as FigureName[]

/** The most that a figure may come to after so many further runs. */
export function allowed(name: FigureName, warm: Figures, runs: number): number {
  const { times, plus, each = 0 }: Tolerance = tolerances[name]
  return warm[name] * times + plus + each * runs
}

/** The figures that have grown past what they may. */
export function findGrown(warm: Figures, end: Figures, runs: number): FigureName[] {
  // Not a number is more than anything.
  return figureNames.filter((name) => !(end[name] <= allowed(name, warm, runs)))
}
