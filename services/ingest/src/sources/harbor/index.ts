import type { Parsed, Source } from '../source.ts'
import { auth } from './verify.ts'

export const harbor: Source = { id: 'harbor', auth, contentTypes: ['application/json'], parse }

function parse(): Parsed {
  return { kind: 'reject', why: 'to be written' }
}
