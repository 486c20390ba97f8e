import type { Parsed, Source } from '../source.ts'
import { auth } from './verify.ts'

export const ecr: Source = { id: 'ecr', auth, contentTypes: ['application/json'], parse }

function parse(): Parsed {
  return { kind: 'reject', why: 'to be written' }
}
