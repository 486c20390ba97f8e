import { z } from 'zod'
import { argv, containerName } from './fields.ts'
import { positiveDuration } from './units.ts'

// By name, or by a label: what a compose project calls its containers changes, its labels do not.
const target = {
  container: containerName.optional().meta({ description: 'Name of the container.' }),
  label: z
    .string()
    .regex(/^[a-zA-Z0-9][a-zA-Z0-9._/-]*(?:=[^,\n]*)?$/, {
      error: 'write a label such as "com.docker.compose.service=php"',
    })
    .optional()
    .meta({
      description: 'Instead of `container`: every running container with this label, `key` or `key=value`.',
    }),
  timeout: positiveDuration
    .default(30_000)
    .meta({ description: 'For this service; `recreate` waits so long for its health.' }),
}

/** A container that must hear of a new release, in the order given. */
export const service = z
  .discriminatedUnion(
    'action',
    [
      z.strictObject({
        ...target,
        action: z.literal('signal'),
        signal: z
          .string()
          .regex(/^(?:SIG)?[A-Z0-9+]+$/, { error: 'write a signal name such as HUP or USR2' }),
      }),
      z.strictObject({ ...target, action: z.literal('exec'), command: argv }),
      z.strictObject({ ...target, action: z.literal('restart') }),
      z.strictObject({ ...target, action: z.literal('recreate') }),
    ],
    { error: 'write action: signal, exec, restart or recreate' },
  )
  .refine(({ container, label }) => (container === undefined) !== (label === undefined), {
    error: 'name either `container` or `label`',
  })
  .meta({ description: 'A container that must hear of a new release, in the order given.' })

export type Service = z.output<typeof service>
