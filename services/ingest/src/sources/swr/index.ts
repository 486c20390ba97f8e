import { readHarborBody } from '../harbor-body.ts'
import type { Source } from '../source.ts'
import { auth } from './verify.ts'

/** Triggers of Huawei Cloud's Software Repository for Container, Enterprise Edition. */
export const swr: Source = {
  id: 'swr',
  auth,
  contentTypes: ['application/json'],
  parse: ({ body, settings }) => readHarborBody(body, settings),
}
