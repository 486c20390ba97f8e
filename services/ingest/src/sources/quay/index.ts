import type { Parsed, Source } from '../source.ts'
import { auth } from './verify.ts'

export const quay: Source = { id: 'quay', auth, contentTypes: ['application/json'], parse }

function parse(): Parsed {
  return { kind: 'reject', why: 'to be written' }
}
