import { z } from 'zod'
import { argv, containerName } from './fields.ts'
import { positiveDuration } from './units.ts'

const label = z.string().regex(/^[a-zA-Z0-9][a-zA-Z0-9._/-]*(?:=[^,\n]*)?$/, {
  error: 'write a label such as "com.docker.compose.service=php"',
})

// By name, or by a label: what a compose project calls its containers changes, its labels do not.
const target = {
  container: containerName.optional().meta({ description: 'Name of the container.' }),
  label: z
    .union([label, z.array(label).min(1)], { error: 'write a label or a list of labels' })
    .transform((found): readonly string[] => (typeof found === 'string' ? [found] : found))
    .optional()
    .meta({
      description:
        'Instead of `container`: every running container with this label, `key` or `key=value`; of a list, with all.',
    }),
  timeout: positiveDuration.default(30_000).meta({
    description: 'For this service; `recreate` waits so long for its health, beyond `timeouts.reload`.',
  }),
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

/** How messages name the target of a service. */
export function targetOf({ container, label: labels }: Pick<Service, 'container' | 'label'>): string {
  if (container !== undefined) return container
  return `${labels?.length === 1 ? 'label' : 'labels'} ${labels?.join(', ')}`
}
