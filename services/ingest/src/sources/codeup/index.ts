import type { Parsed, Source, SourceCall } from '../source.ts'
import { repositoryCall } from './schema.ts'
import { auth } from './verify.ts'

/**
 * Webhooks of Codeup, the code repositories of Alibaba Cloud DevOps. They tell of source code, of which no image exists
 * yet, so none of them deploys; whoever builds the image reports it.
 */
export const codeup: Source = {
  id: 'codeup',
  auth,
  contentTypes: ['application/json'],
  // A push may bring many commits.
  bodyLimit: 1_048_576,
  parse,
}

function parse({ body, headers }: SourceCall): Parsed {
  const isCall = headers['codeup-event'] !== undefined || repositoryCall.safeParse(body).success
  return isCall
    ? { kind: 'ignore', why: 'source code arrived, not an image' }
    : { kind: 'reject', why: 'the body is not a call of Codeup' }
}
