import type { Parsed, Source } from '../source.ts'
import { auth } from './verify.ts'

export const gitea: Source = { id: 'gitea', auth, contentTypes: ['application/json'], parse }

function parse(): Parsed {
  return { kind: 'reject', why: 'to be written' }
}
