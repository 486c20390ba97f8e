import { z } from 'zod'
import { absolutePath } from './names.ts'

const byEnv = z.strictObject({
  env: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, { error: 'write the name of an environment variable' }),
})
const byFile = z.strictObject({ file: absolutePath })

/** Where a secret is to be found. The secret itself never stands in the configuration. */
export const secretRef = z
  .union([byEnv, byFile], {
    error: 'name the secret as { env: NAME } or { file: /path }; never write it here',
  })
  .meta({
    description: 'Where a secret is found: an environment variable or a file. Never the secret itself.',
  })

export type SecretRef = z.output<typeof secretRef>

/** What a service read from where a SecretRef points, with the shortest length that is still safe. */
export const shortestHookSecret = 16
