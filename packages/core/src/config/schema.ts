import { z } from 'zod'
import { credentials } from './credentials.ts'
import { disk } from './disk.ts'
import { cidr, hook, registryHost } from './hook.ts'
import { absolutePath, name } from './names.ts'
import { notify } from './notify.ts'
import { type Project, project } from './project.ts'
import { prune } from './prune.ts'
import { redis } from './redis.ts'
import { schedules } from './schedule.ts'
import { secretRef } from './secret-ref.ts'
import { duration, positiveDuration } from './units.ts'

const port = z.int().min(0).max(65_535)

const ingest = z.strictObject({
  public: z
    .strictObject({
      host: z.string().min(1).default('0.0.0.0'),
      port: port.default(8080),
      url: z
        .url({ protocol: /^https?$/ })
        .optional()
        .meta({ description: 'How senders reach this listener; `slipway hooks` prints it.' }),
      trust_proxy: z.array(cidr).default([]).meta({
        description:
          'Addresses of reverse proxies whose word about the address of a caller is believed. Default: none.',
      }),
      rate_limit: z
        .strictObject({
          address: z
            .int()
            .min(0)
            .default(600)
            .meta({ description: 'Calls a minute from one address; 0 for no limit.' }),
          hook: z
            .int()
            .min(0)
            .default(1_200)
            .meta({ description: 'Proven calls a minute of one hook; 0 for no limit.' }),
        })
        .prefault({})
        .meta({ description: 'Who calls more often is told to come back later (429).' }),
    })
    .prefault({})
    .meta({ description: 'Webhooks and health.' }),
  ops: z
    .strictObject({
      host: z.string().min(1).default('127.0.0.1'),
      port: port.default(8081),
      tokens: z
        .array(
          z.strictObject({
            name: z.string().min(1).max(63),
            role: z.enum(['viewer', 'operator']),
            hash: secretRef.meta({
              description: 'Where "sha256:<hex>" of the token is found; `slipway token` makes both.',
            }),
          }),
        )
        .default([])
        .meta({ description: 'Who may log in. Nobody when empty.' }),
    })
    .prefault({})
    .meta({ description: 'Bull Board and what operators need; loopback by default.' }),
})

const registryRules = z.strictObject({
  insecure: z
    .boolean()
    .default(false)
    .meta({ description: 'Speak plain HTTP to this host. Loopback addresses need no entry.' }),
  token_services: z
    .array(registryHost)
    .default([])
    .meta({ description: 'Further hosts that may issue tokens for this registry.' }),
})

const fields = z.strictObject({
  redis: redis.optional(),
  state_dir: absolutePath.default('/var/lib/slipway').meta({ description: 'What slipway keeps for itself.' }),
  registries: z
    .record(registryHost, registryRules)
    .default({})
    .meta({ description: 'What is special about a registry, by host.' }),
  ingest: ingest.prefault({}),
  worker: z
    .strictObject({
      concurrency: z
        .int()
        .min(1)
        .max(64)
        .default(2)
        .meta({ description: 'Deploys of different projects at once.' }),
      lock_duration: positiveDuration
        .default(60_000)
        .meta({ description: 'How long a silent worker keeps its job.' }),
      stalled_interval: positiveDuration
        .default(15_000)
        .meta({ description: 'How often lost jobs are looked for.' }),
      shutdown_timeout: duration
        .default(30_000)
        .meta({ description: 'How long a running deploy may take to reach a safe point.' }),
    })
    .prefault({}),
  retry: z
    .strictObject({
      attempts: z.int().min(1).max(100).default(3),
      delay: duration
        .default(15_000)
        .meta({ description: 'Pause before the second attempt; doubles each time, with jitter.' }),
    })
    .prefault({})
    .meta({ description: 'For failures outside the release: engine away, registry away.' }),
  hooks: z.record(name, hook).default({}).meta({ description: 'Doors for webhooks, by name.' }),
  credentials: z.record(name, credentials).default({}).meta({ description: 'Users of registries, by name.' }),
  projects: z.record(name, project).default({}).meta({ description: 'Sites, by name.' }),
  schedules,
  prune,
  disk,
  notify: z.array(notify).default([]).meta({ description: 'Who is told when something needs a person.' }),
})

/** The whole of slipway.yaml: types, defaults and descriptions stand here and nowhere else. */
export const configSchema = fields.transform((found) => ({ ...found, projects: withRoots(found) }))

/** A service has no folder of its own to be told apart by; what is known of it lies where slipway keeps the rest. */
function withRoots({ projects, state_dir: stateDir }: z.output<typeof fields>): Record<string, Project> {
  const rooted = Object.entries(projects).map(([key, found]) =>
    found.strategy === 'source'
      ? [key, found]
      : [key, { ...found, release: { ...found.release, root: `${stateDir}/services/${key}` } }],
  )
  return Object.fromEntries(rooted)
}

export type Config = z.output<typeof configSchema>
export type RegistryRules = z.output<typeof registryRules>
export type OpsRole = Config['ingest']['ops']['tokens'][number]['role']

/** JSON Schema (draft 2020-12) of what a person writes, for editors. */
export function configJsonSchema(): object {
  return z.toJSONSchema(configSchema, { io: 'input', unrepresentable: 'any' })
}
