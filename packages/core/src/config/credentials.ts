import { z } from 'zod'
import { argv } from './fields.ts'
import { secretRef } from './secret-ref.ts'
import { positiveDuration } from './units.ts'

const password = z.strictObject({ username: z.string().min(1), password: secretRef })

const token = z.strictObject({
  token: secretRef.meta({ description: 'A bearer token that the registry itself accepts.' }),
})

const command = z.strictObject({
  command: argv.meta({
    description:
      'Prints temporary credentials on the host of the worker: JSON with username, password and expires_at, ' +
      'what a Docker credential helper prints, or the password alone where `username` is set.',
  }),
  username: z.string().min(1).optional(),
  ttl: positiveDuration
    .default(600_000)
    .meta({ description: 'How long they are kept when they do not say it.' }),
  timeout: positiveDuration.default(30_000).meta({ description: 'After this the command is killed.' }),
})

/** Who asks a registry: a user, a token, or a command that gets temporary ones. */
export const credentials = z.union([password, token, command], {
  error: 'write { username, password }, { token } or { command: [...] }',
})

export type Credentials = z.output<typeof credentials>
