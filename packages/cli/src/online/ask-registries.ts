import {
  type CredentialSource,
  fixedCredentials,
  type OpenCredentialsOptions,
  openCredentials,
} from '@slipway/config-file'
import { type Config, inTurns } from '@slipway/core'
import { createRegistryClient, hostRules } from '@slipway/registry'
import { type Answer, ask } from './answer.ts'
import {
  type CrossQuestion,
  type OnlinePlan,
  type OpenQuestion,
  type OwnQuestion,
  repositoryKey,
} from './plan.ts'

/** Answers beside their questions. */
export interface OnlineAnswers {
  readonly own: readonly { readonly question: OwnQuestion; readonly answers: readonly TagAnswer[] }[]
  readonly open: readonly { readonly question: OpenQuestion; readonly answer: Answer }[]
  /** Without those about repositories that anybody can read. */
  readonly cross: readonly { readonly question: CrossQuestion; readonly answer: Answer }[]
}

export interface TagAnswer {
  readonly tag: string | null
  readonly answer: Answer
}

/** Questions under way at once. */
const width = 8

/** Asks the registries all that is planned. What cannot be asked is an answer too. */
export async function askRegistries(
  plan: OnlinePlan,
  config: Config,
  options: OpenCredentialsOptions,
): Promise<OnlineAnswers> {
  const client = createRegistryClient({ hosts: hostRules(config.registries), clock: options.clock })
  const sources = await openEach(config, plan, options)
  const nobody = fixedCredentials(null)
  const sourceOf = (credentials: string | null) =>
    credentials === null ? nobody : (sources.get(credentials) ?? lost)

  const own = await inTurns(plan.own, width, async (question) => {
    const tags = question.tags.length > 0 ? question.tags : [null]
    const answers: TagAnswer[] = []
    for (const tag of tags)
      answers.push({ tag, answer: await ask(client, sourceOf(question.credentials), question.image, tag) })
    return { question, answers }
  })
  const open = await inTurns(plan.open, width, async (question) => ({
    question,
    answer: await ask(client, nobody, question.image, question.tag),
  }))
  const isOpen = new Set(
    open.flatMap(({ question, answer }) =>
      answer.kind === 'readable' ? [repositoryKey(question.image)] : [],
    ),
  )
  const closed = plan.cross.filter(({ image }) => !isOpen.has(repositoryKey(image)))
  const cross = await inTurns(closed, width, async (question) => ({
    question,
    answer: await ask(client, sourceOf(question.credentials), question.image, question.tag),
  }))
  return { own, open, cross }
}

const lost: CredentialSource = {
  ...fixedCredentials(null),
  read: () => Promise.reject(new Error('these credentials are not in the configuration')),
}

/** Each entry for itself: on a machine that has not all secrets, the others can still be asked about. */
async function openEach(
  { credentials }: Config,
  { own }: OnlinePlan,
  options: OpenCredentialsOptions,
): Promise<ReadonlyMap<string, CredentialSource>> {
  const names = [...new Set(own.flatMap((question) => question.credentials ?? []))]
  const opened = names.map(async (name): Promise<readonly [string, CredentialSource]> => {
    try {
      const found = await openCredentials(credentials, [name], options)
      return [name, found.get(name) ?? lost]
    } catch (error) {
      return [name, { ...lost, read: () => Promise.reject(error) }]
    }
  })
  return new Map(await Promise.all(opened))
}
