import { formatImageName } from '@slipway/core'
import type { Answer } from './answer.ts'
import type { OnlineAnswers, TagAnswer } from './ask-registries.ts'
import { type OnlinePlan, repositoryKey } from './plan.ts'

export interface ProjectFinding {
  readonly project: string
  readonly image: string
  readonly credentials: string | null
  /** Null for the repository itself, where no exact tag is followed. */
  readonly tags: readonly { readonly tag: string | null; readonly answer: Answer }[]
  readonly readable: boolean
  /** Whether it can be read without credentials; null when that is not known. */
  readonly anybody: boolean | null
}

export interface PairFinding {
  readonly credentials: string
  readonly project: string
  readonly owner: string
  readonly image: string
  readonly answer: Answer
}

/** What `slipway check --online` found. */
export interface OnlineReport {
  readonly projects: readonly ProjectFinding[]
  readonly pairs: readonly PairFinding[]
  /** What works and is a risk. */
  readonly warnings: readonly string[]
  /** What does not work, and what is not known. */
  readonly problems: readonly string[]
}

export function reportOnline(plan: OnlinePlan, answers: OnlineAnswers): OnlineReport {
  const open = new Map(answers.open.map(({ question, answer }) => [repositoryKey(question.image), answer]))
  const projects = answers.own.map(({ question, answers: tags }): ProjectFinding => {
    const { project, credentials, image } = question
    const readable = tags.every(({ answer }) => answer.kind === 'readable')
    const anybody = credentials === null ? readable || null : isReadable(open.get(repositoryKey(image)))
    return { project, image: formatImageName(image), credentials, tags, readable, anybody }
  })
  const isReadByOwner = new Map(projects.map(({ project, readable }) => [project, readable]))
  const pairs = answers.cross.map(({ question, answer }): PairFinding => {
    const { credentials, project, owner, image } = question
    const judged = judge(answer, isReadByOwner.get(owner) === true)
    return { credentials, project, owner, image: formatImageName(image), answer: judged }
  })
  return {
    projects,
    pairs,
    warnings: [...openWarnings(projects), ...pairWarnings(pairs), ...sharedWarnings(plan)],
    problems: [
      ...projects.flatMap(projectProblems),
      ...openProblems(projects, answers),
      ...pairs.flatMap(pairProblems),
      ...leftOut(plan),
    ],
  }
}

function isReadable(answer: Answer | undefined): boolean | null {
  if (!answer || answer.kind === 'unknown') return null
  return answer.kind === 'readable'
}

// A registry that hides what one may not read says the same as of what is not there.
function judge(answer: Answer, isThere: boolean): Answer {
  if (answer.kind !== 'refused' || answer.code !== 'IMAGE_NOT_FOUND' || isThere) return answer
  return { ...answer, kind: 'unknown', why: `its own project cannot read it either: ${answer.why}` }
}

function projectProblems({ project, image, tags }: ProjectFinding): string[] {
  return tags.flatMap(({ tag, answer }) =>
    answer.kind === 'readable'
      ? []
      : [`project ${project}: ${image}${suffix(tag)}: ${answer.code}: ${answer.why}`],
  )
}

function openWarnings(projects: readonly ProjectFinding[]): string[] {
  return projects.flatMap(({ project, image, credentials, anybody }) =>
    anybody && credentials !== null
      ? [`anybody can read ${image} of project ${project}; it needs no credentials`]
      : [],
  )
}

function openProblems(projects: readonly ProjectFinding[], { open }: OnlineAnswers): string[] {
  return open.flatMap(({ question, answer }) => {
    const isTold = question.projects.some((name) =>
      projects.some((one) => one.project === name && !one.readable),
    )
    if (answer.kind !== 'unknown' || isTold) return []
    return [
      `whether anybody can read ${formatImageName(question.image)} is not known: ${answer.code}: ${answer.why}`,
    ]
  })
}

function pairWarnings(pairs: readonly PairFinding[]): string[] {
  return pairs.flatMap(({ credentials, project, owner, image, answer }) =>
    answer.kind === 'readable'
      ? [`credentials ${credentials} of project ${project} can also read ${image} of project ${owner}`]
      : [],
  )
}

function pairProblems({ credentials, owner, image, answer }: PairFinding): string[] {
  if (answer.kind !== 'unknown') return []
  return [
    `whether credentials ${credentials} can read ${image} of project ${owner} is not known: ${answer.code}: ${answer.why}`,
  ]
}

function sharedWarnings({ shared }: OnlinePlan): string[] {
  return shared.map(
    ({ credentials, projects }) =>
      `credentials ${credentials} are used by ${projects.length} projects (${projects.join(', ')}), so each can read what the others have`,
  )
}

function leftOut({ leftOut: number }: OnlinePlan): string[] {
  return number > 0 ? [`${number} pairs of projects were not asked about: there are too many`] : []
}

function suffix(tag: TagAnswer['tag']): string {
  return tag === null ? '' : `:${tag}`
}
