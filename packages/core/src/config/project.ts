import { z } from 'zod'
import { parseTagRule } from '../image/tag-policy.ts'
import { check } from './check.ts'
import { refuseBadCron } from './cron-fields.ts'
import { imageName } from './image-name.ts'
import { migrate } from './migration.ts'
import { absolutePath, name, relativePath } from './names.ts'
import { service } from './service.ts'
import { trust } from './trust.ts'
import { duration, positiveDuration, size } from './units.ts'

const tagRule = z.string().transform((text, context) => {
  const rule = parseTagRule(text)
  if (typeof rule !== 'string') return rule
  context.addIssue({ code: 'custom', message: rule })
  return z.NEVER
})

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
      file: size.default(4e9).meta({ description: 'The largest file.' }),
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
  copy: z.enum(['changed', 'full']).default('changed').meta({
    description:
      '`changed`: what the release before has already is hard-linked. `full`: each release has files of its own.',
  }),
})

/** Longer than anybody plans for; a mistyped unit is not. */
const longestCooldown = 30 * 86_400_000

/** A newer push waits for so long; and a timer cannot be set for ever. */
const longestWatch = 86_400_000

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

const fields = z.strictObject({
  image: imageName,
  tags: z
    .array(tagRule)
    .min(1, { error: 'follow at least one tag' })
    .prefault(['latest'])
    .meta({ description: 'Exact names, /regular expressions/ or semver ranges.' }),
  poll: z
    .strictObject({
      every: positiveDuration.refine((length) => length >= 10_000, { error: 'write at least "10s"' }),
    })
    .optional()
    .meta({
      description:
        'How often the worker asks the registry what the tags are now, where calls may be lost or cannot come.',
    }),
  cooldown: duration
    .refine((length) => length <= longestCooldown, { error: 'write at most "30d"' })
    .default(0)
    .meta({
      description: 'An image is deployed when it is so old, by the registry; until then the push waits.',
    }),
  credentials: name.optional().meta({
    description: 'Entry of `credentials` used to read this image, and no other. Default: anonymous.',
  }),
  hosts: z
    .array(name)
    .min(1)
    .refine((hosts) => new Set(hosts).size === hosts.length, { error: 'name each host once' })
    .default(['local'])
    .meta({ description: 'Workers that serve this site.' }),
  strategy: z
    .enum(['source', 'service'])
    .default('source')
    .meta({
      description:
        '`source`: the image holds a source that is copied out. `service`: the image is what `services` run; their ' +
        'containers are recreated from it.',
    }),
  trust: trust.optional(),
  source: source
    .optional()
    .meta({ description: 'Where the source lies in the image. Not for `strategy: service`.' }),
  release: release.optional().meta({ description: 'Where it goes. Not for `strategy: service`.' }),
  migrate: migrate.optional(),
  services: z.array(service).default([]),
  check: z
    .union([check, z.array(check)], { error: 'write a check or a list of checks' })
    .default([])
    .transform((one) => (Array.isArray(one) ? one : [one]))
    .meta({ description: 'How a new release is seen to be well, in the order given.' }),
  watch: duration
    .refine((length) => length <= longestWatch, { error: 'write at most "1d"' })
    .default(0)
    .meta({
      description: 'So long after the checks passed they are repeated; one that fails still goes back.',
    }),
  rollback: z.enum(['auto', 'never']).default('auto').meta({ description: 'What follows a failed check.' }),
  rollout,
  windows: z
    .array(window)
    .default([])
    .meta({ description: 'The only times in which deploys go out. Default: always.' }),
  timeouts,
})

type Fields = z.output<typeof fields>

/** What the image of a project is to its host. */
export type Strategy = Fields['strategy']
export type Source = NonNullable<Fields['source']>
export type ReleaseSettings = NonNullable<Fields['release']>

/** One site: which image it follows, where it goes, and what has to happen on the way. */
export type Project = Omit<Fields, 'source' | 'release'> & {
  /** Null for `strategy: service`: nothing is copied out of its image. */
  readonly source: Source | null
  /** For `strategy: service` its root is a folder of slipway's own, and all it holds is which image runs. */
  readonly release: ReleaseSettings
}

export const project = fields.transform((found, context): Project => {
  const missing = (key: 'source' | 'release') => {
    context.addIssue({ code: 'custom', path: [key], message: 'is missing; write a map' })
    return z.NEVER
  }
  if (found.strategy === 'source') {
    if (!found.source) missing('source')
    if (!found.release) missing('release')
    if (!found.source || !found.release) return z.NEVER
    return { ...found, source: found.source, release: found.release }
  }
  for (const key of ['source', 'release'] as const) {
    if (found[key] === undefined) continue
    context.addIssue({
      code: 'custom',
      path: [key],
      message: 'has no meaning with `strategy: service`; take it out',
    })
  }
  if (!found.services.some(({ action }) => action === 'recreate')) {
    const message = 'name at least one service with action: recreate, which is to run the image'
    context.addIssue({ code: 'custom', path: ['services'], message })
  }
  const nowhere = { root: '', keep: 5, shared: [], writable: [], copy: 'changed' as const }
  return { ...found, source: null, release: nowhere }
})
