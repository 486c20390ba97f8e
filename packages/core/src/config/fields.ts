import { z } from 'zod'

/** The name of a container, as Docker allows it. */
export const containerName = z
  .string()
  .regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/, { error: 'write the name of a container' })

/** An argument list, never a line for a shell. */
export const argv = z
  .array(z.string().min(1), { error: 'write the command as a list: [php, artisan, migrate]' })
  .min(1, { error: 'a command has at least one word' })
