import { z } from 'zod'
import { argv, containerName } from './fields.ts'
import { absolutePath } from './names.ts'
import { duration, positiveDuration, size } from './units.ts'

const before = z.strictObject({
  command: argv.meta({ description: 'Arguments, no shell.' }),
  container: containerName.optional().meta({
    description:
      'Running container that the command is run in. Default: a container of the new image, as the migration has.',
  }),
  timeout: positiveDuration
    .default(600_000)
    .meta({ description: 'After this it is ended, and the deploy stops.' }),
})

const flag = z
  .union([z.enum(['on', 'off']), z.boolean()], { error: 'write on or off' })
  .transform((value) => value === true || value === 'on')

/** What is run against the database before a release goes live. */
export const migrate = z.strictObject({
  command: argv
    .optional()
    .meta({ description: 'Arguments, no shell. Default: the entrypoint and command of the image.' }),
  env_file: absolutePath.optional().meta({ description: 'File with NAME=value lines, read on the host.' }),
  env: z
    .record(
      z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, { error: 'write the name of a variable' }),
      z.string(),
    )
    .default({})
    .meta({ description: 'Further variables; `env_file` wins. No secrets belong here.' }),
  network: z
    .string()
    .regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/, { error: 'write the name of a Docker network' })
    .optional()
    .meta({ description: 'Docker network of the database. Default: no network.' }),
  user: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'User in the container. Default: the one of the image.' }),
  memory: size.optional().meta({ description: 'The most memory it may use. Default: no limit.' }),
  cpus: z
    .number()
    .min(0.01)
    .max(1024)
    .optional()
    .meta({ description: 'The most CPUs it may use. Default: no limit.' }),
  pids: z.int().min(1).max(4_194_304).default(512).meta({ description: 'The most processes it may have.' }),
  timeout: duration
    .default(600_000)
    .meta({ description: 'After this the migration is stopped, then killed.' }),
  orphan: z.enum(['wait', 'end']).default('wait').meta({
    description: 'What is done with a migration that a dead worker left running: wait for it, or end it.',
  }),
  before: before.optional().meta({
    description: 'Run before the migration, for a backup of the database; its failure stops the deploy.',
  }),
  maintenance: flag.default(false).meta({
    description: 'While it runs, the file `maintenance.on` lies in the release root for nginx to find.',
  }),
  retries: z.int().min(0).max(10).default(0).meta({
    description:
      'How often a migration that failed is run again at once. Only for migrations that can be repeated.',
  }),
})

export type Migration = z.output<typeof migrate>
