import type { SourceId } from '@slipway/core'
import { acr } from './acr/index.ts'
import { acrEventbridge } from './acr-eventbridge/index.ts'
import { azureAcr } from './azure-acr/index.ts'
import { cloudevents } from './cloudevents/index.ts'
import { codeup } from './codeup/index.ts'
import { distribution } from './distribution/index.ts'
import { dockerhub } from './dockerhub/index.ts'
import { ecr } from './ecr/index.ts'
import { gar } from './gar/index.ts'
import { ghcr } from './ghcr/index.ts'
import { gitea } from './gitea/index.ts'
import { gitlab } from './gitlab/index.ts'
import { harbor } from './harbor/index.ts'
import { jfrog } from './jfrog/index.ts'
import { nexus } from './nexus/index.ts'
import { quay } from './quay/index.ts'
import type { Source } from './source.ts'
import { standardWebhooks } from './standard-webhooks/index.ts'
import { swr } from './swr/index.ts'
import { tcr } from './tcr/index.ts'
import { yunxiaoFlow } from './yunxiao-flow/index.ts'

/** All sources, in alphabetical order. A new one is a folder and a line here (and its id in core). */
export const sources: readonly Source[] = [
  acr,
  acrEventbridge,
  azureAcr,
  cloudevents,
  codeup,
  distribution,
  dockerhub,
  ecr,
  gar,
  ghcr,
  gitea,
  gitlab,
  harbor,
  jfrog,
  nexus,
  quay,
  standardWebhooks,
  swr,
  tcr,
  yunxiaoFlow,
]

const byId = new Map(sources.map((source) => [source.id, source]))

/** The source of an id that the configuration allows. */
export function sourceOf(id: SourceId): Source {
  const source = byId.get(id)
  if (!source) throw new Error(`there is no source "${id}"`)
  return source
}
