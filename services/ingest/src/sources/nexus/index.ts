import type { Parsed, Source } from '../source.ts'
import { auth } from './verify.ts'

export const nexus: Source = { id: 'nexus', auth, contentTypes: ['application/json'], parse }

function parse(): Parsed {
  return { kind: 'reject', why: 'to be written' }
}
