import { createMatcher, parseConfig } from '@slipway/core'
import { median } from '../figures.ts'

const rounds = 15
const perRound = 20_000

/** Nanoseconds that finding the project of a push takes, among few projects and among many, in turns. */
export function timeMatching(few: number, many: number): { readonly few: number; readonly many: number } {
  const [small, large] = [finder(few), finder(many)]
  // The first rounds compile.
  for (const find of [small, large, small, large]) find()
  const [ofFew, ofMany]: [number[], number[]] = [[], []]
  for (let round = 0; round < rounds; round += 1) {
    ofFew.push(small())
    ofMany.push(large())
  }
  return { few: median(ofFew), many: median(ofMany) }
}

function finder(amount: number): () => number {
  const match = createMatcher(projectsOf(amount))
  // Of so few that what is measured is finding them, and not a memory that they do not fit into.
  const pushes = Array.from({ length: 10 }, (_, at) => ({
    registry: 'registry.example.com',
    repository: `acme/site-${Math.floor((at * amount) / 10)}`,
    tag: 'latest',
    digest: null,
  }))
  return () => {
    const begun = process.hrtime.bigint()
    let found = 0
    for (let at = 0; at < perRound; at += 1) {
      const push = pushes[at % pushes.length]
      if (push) found += match([push]).wanted.length
    }
    const took = Number(process.hrtime.bigint() - begun) / perRound
    if (found !== perRound) throw new Error(`${found} of ${perRound} pushes found their project`)
    return took
  }
}

function projectsOf(amount: number) {
  const projects = Array.from({ length: amount }, (_, at) => [
    `site-${at}`,
    {
      image: `registry.example.com/acme/site-${at}`,
      source: { path: '/app' },
      release: { root: `/srv/site-${at}` },
    },
  ])
  const read = parseConfig({ projects: Object.fromEntries(projects) })
  if (!read.ok) throw new Error(JSON.stringify(read.mistakes))
  return read.config.projects
}
