import type { Parsed, Source } from '../source.ts'
import { auth } from './verify.ts'

export const tcr: Source = { id: 'tcr', auth, contentTypes: ['application/json'], parse }

function parse(): Parsed {
  return { kind: 'reject', why: 'to be written' }
}
