import { readHarborBody } from '../harbor-body.ts'
import type { Source } from '../source.ts'
import { auth } from './verify.ts'

/** Triggers of Tencent Container Registry, Enterprise Edition. */
export const tcr: Source = {
  id: 'tcr',
  auth,
  contentTypes: ['application/json'],
  parse: ({ body, settings }) => readHarborBody(body, settings),
}
