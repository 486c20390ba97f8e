import { z } from 'zod'
import { parseImageName } from '../image/reference.ts'
import { parseTagRule } from '../image/tag-policy.ts'
import { refuseBadCron } from './cron-fields.ts'
import { absolutePath, name, relativePath } from './names.ts'
import { duration, positiveDuration, size } from './units.ts'

const imageName = z
  .string()
  .transform((text, context) => {
    try {
      return parseImageName(text)
    } catch (error) {
      context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : String(error) })
      return z.NEVER
    }
  })
  .meta({ description: 'Registry and repository, without tag: registry.example.com/acme/shop.' })

const tagRule = z.string().transform((text, context) => {
  const rule = parseTagRule(text)
  if (rule) return rule
  context.addIssue({
    code: 'custom',
    message: 'write a tag, a /regular expression/ or a semver range such as "^1.2"',
  })
  return z.NEVER
})

const containerName = z
  .string()
  .regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/, { error: 'write the name of a container' })
// An argument list, never a line for a shell.
const argv = z
  .array(z.string().min(1), { error: 'write the command as a list: [php, artisan, migrate]' })
  .min(1, { error: 'a command has at least one word' })

const source = z.strictObject({
  path: absolutePath
    .refine((path) => !/^\/(?:proc|sys|dev)(?:\/|$)/.test(path), {
      error: '/proc, /sys and /dev hold no source',
    })
    .meta({ description: 'The folder in the image that is the source.' }),
  require: z.array(relativePath).default([]).meta({
    description: 'Files that must be there, or the image is refused: an empty release never goes live.',
  }),
  limits: z
    .strictObject({
      bytes: size.default(10e9).meta({ description: 'All files together.' }),
      entries: z.int().min(1).default(500_000).meta({ description: 'Files, folders and links.' }),
      depth: z.int().min(1).max(256).default(64).meta({ description: 'Folders in folders.' }),
    })
    .prefault({})
    .meta({ description: 'An image over one of these is refused.' }),
})

const release = z.strictObject({
  root: absolutePath.meta({
    description: 'Folder on the host that holds releases/, current and shared/. Mount this one.',
  }),
  keep: z
    .int()
    .min(2)
    .max(1000)
    .default(5)
    .meta({ description: 'How many successful releases stay to go back to.' }),
  owner: z
    .string()
    .regex(/^\d+:\d+$/, { error: 'write numeric user and group ids, such as "1000:1000"' })
    .transform((text) => {
      const [uid = 0, gid = 0] = text.split(':').map(Number)
      return { uid, gid }
    })
    .optional()
    .meta({
      description: 'Numeric "uid:gid" that owns the files of a release. Default: who runs the worker.',
    }),
  shared: z
    .array(relativePath)
    .default([])
    .meta({ description: 'Paths that outlive releases, kept in shared/.' }),
  writable: z
    .array(relativePath)
    .default([])
    .meta({ description: 'Folders that the site may write to (group-writable).' }),
})

const migrate = z.strictObject({
  command: argv
    .optional()
    .meta({ description: 'Arguments, no shell. Default: the entrypoint and command of the image.' }),
  env_file: absolutePath.optional().meta({ description: 'File with NAME=value lines, read on the host.' }),
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
  timeout: duration
    .default(600_000)
    .meta({ description: 'After this the migration is stopped, then killed.' }),
  orphan: z.enum(['wait', 'end']).default('wait').meta({
    description: 'What is done with a migration that a dead worker left running: wait for it, or end it.',
  }),
})

const service = z
  .discriminatedUnion(
    'action',
    [
      z.strictObject({
        container: containerName,
        action: z.literal('signal'),
        signal: z
          .string()
          .regex(/^(?:SIG)?[A-Z0-9+]+$/, { error: 'write a signal name such as HUP or USR2' }),
      }),
      z.strictObject({ container: containerName, action: z.literal('exec'), command: argv }),
      z.strictObject({ container: containerName, action: z.literal('restart') }),
    ],
    { error: 'write action: signal, exec or restart' },
  )
  .meta({ description: 'A container that must hear of a new release, in the order given.' })

const check = z.strictObject({
  url: z
    .url({ protocol: /^https?$/, error: 'write an http or https URL' })
    .meta({ description: 'Asked by GET from the worker.' }),
  status: z.int().min(100).max(599).default(200),
  timeout: duration.default(5_000).meta({ description: 'For each request.' }),
  retries: z.int().min(0).max(1000).default(10).meta({ description: 'Further tries after the first.' }),
  interval: duration.default(1_000).meta({ description: 'Pause between tries.' }),
})

const timeouts = z
  .strictObject({
    resolve: positiveDuration.default(30_000),
    pull: positiveDuration.default(1_800_000),
    pull_inactivity: positiveDuration
      .default(60_000)
      .meta({ description: 'Without any progress for this long a pull is ended.' }),
    copy: positiveDuration.default(1_800_000),
    link: positiveDuration.default(300_000),
    switch: positiveDuration.default(60_000),
    reload: positiveDuration.default(60_000),
    check: positiveDuration.default(900_000),
    roll_back: positiveDuration.default(900_000),
  })
  .prefault({})
  .meta({ description: 'Deadlines of the steps; `migrate` has its own.' })

const rollout = z
  .strictObject({
    order: z
      .enum(['parallel', 'rolling'])
      .default('parallel')
      .meta({ description: 'All hosts at once, or one after the other in the order of `hosts`.' }),
    max_failures: z
      .int()
      .min(0)
      .default(0)
      .meta({ description: 'So many hosts may fail before the rest is not started.' }),
    on_failure: z
      .enum(['stop', 'roll_back'])
      .default('stop')
      .meta({ description: 'What becomes of the hosts that are live when too many have failed.' }),
  })
  .prefault({})
  .meta({ description: 'How a push reaches several hosts.' })

const window = z
  .strictObject({
    cron: z.string(),
    duration: positiveDuration,
    timezone: z.string().optional(),
  })
  .superRefine(refuseBadCron)
  .meta({
    description: 'Deploys go out for `duration` from each time that `cron` names, and wait otherwise.',
  })

/** One site: which image it follows, where it goes, and what has to happen on the way. */
export const project = z.strictObject({
  image: imageName,
  tags: z
    .array(tagRule)
    .min(1, { error: 'follow at least one tag' })
    .prefault(['latest'])
    .meta({ description: 'Exact names, /regular expressions/ or semver ranges.' }),
  credentials: name.optional().meta({
    description: 'Entry of `credentials` used to read this image, and no other. Default: anonymous.',
  }),
  hosts: z
    .array(name)
    .min(1)
    .refine((hosts) => new Set(hosts).size === hosts.length, { error: 'name each host once' })
    .default(['local'])
    .meta({ description: 'Workers that serve this site.' }),
  source,
  release,
  migrate: migrate.optional(),
  services: z.array(service).default([]),
  check: check.optional(),
  rollback: z.enum(['auto', 'never']).default('auto').meta({ description: 'What follows a failed check.' }),
  rollout,
  windows: z
    .array(window)
    .default([])
    .meta({ description: 'The only times in which deploys go out. Default: always.' }),
  timeouts,
})

export type Project = z.output<typeof project>
export type Service = z.output<typeof service>
export type HealthCheck = z.output<typeof check>
export type Migration = z.output<typeof migrate>
