import { createHash, randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import { isName } from '@slipway/core'
import type { Command } from '../command.ts'
import { exitCodes } from '../exit-codes.ts'
import { UsageError } from '../usage-error.ts'

const roles = ['viewer', 'operator']

export const token: Command = {
  name: 'token',
  summary: 'make a token for the ops listener',
  help: `usage: slipway token NAME [--role viewer|operator]

Prints a fresh token once, and its hash, which is all that the configuration names. Nothing is stored.
  --role   default: viewer`,

  async run(args, { out }) {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { role: { type: 'string', default: 'viewer' } },
      allowPositionals: true,
    })
    const [name, ...further] = positionals
    if (!name || further.length > 0) throw new UsageError('give one name.')
    if (!isName(name)) throw new UsageError('a name has lower-case letters, digits and "-".')
    if (!roles.includes(values.role)) throw new UsageError('the role is viewer or operator.')

    const secret = randomBytes(32).toString('base64url')
    const file = `/etc/slipway/tokens/${name}.hash`
    out(`token  ${secret}`)
    out(`hash   sha256:${createHash('sha256').update(secret, 'utf8').digest('hex')}`)
    out('')
    out(`Give the token to ${name}; it is not shown again. Write the hash to ${file} and configure:`)
    out('')
    out('ingest:')
    out('  ops:')
    out('    tokens:')
    out(`      - { name: ${name}, role: ${values.role}, hash: { file: ${file} } }`)
    return exitCodes.ok
  },
}
