import { z } from 'zod'
import { duration, size } from './units.ts'

/** What a prune may delete besides what slipway brought in itself. */
export const prune = z
  .strictObject({
    min_age: duration.prefault('1h').meta({
      description: 'What came to this host, or was made here, more recently than this stays.',
    }),
    unowned: z
      .enum(['keep', 'dangling', 'unused'])
      .default('keep')
      .meta({
        description:
          'Images that slipway did not bring in: `keep` them all, delete those without a name (`dangling`), or all that ' +
          'no container uses (`unused`).',
      }),
    older_than: duration
      .prefault('7d')
      .meta({ description: "What is not slipway's is deleted only when it is older than this." }),
    containers: z.enum(['keep', 'stopped']).default('keep').meta({
      description: '`stopped`: containers that have ended go too, those of compose projects excepted.',
    }),
    networks: z
      .enum(['keep', 'unused'])
      .default('keep')
      .meta({ description: '`unused`: networks of people without a container go too.' }),
    labels: z
      .array(z.string().regex(/^[^=\s]+(?:=.*)?$/, { error: 'write "key" or "key=value"' }))
      .default([])
      .meta({
        description: 'Stopped containers and unused networks with one of these labels go in any case.',
      }),
    volumes: z
      .array(z.string().regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/, { error: 'write the name of a volume' }))
      .default([])
      .meta({
        description: 'Volumes that may be deleted when no container uses them. No other one ever is.',
      }),
    build_cache: z
      .strictObject({
        keep: size.prefault('10GB').meta({ description: 'So much of it stays, the most recently used.' }),
        older_than: duration.prefault('7d').meta({ description: 'Only what was last used longer ago goes.' }),
      })
      .optional()
      .meta({ description: 'Build cache that may go; none without an entry.' }),
    notify: z
      .enum(['problems', 'always'])
      .default('problems')
      .meta({ description: 'Which runs those are told of who are notified of `prune`.' }),
  })
  .prefault({})
  .meta({
    description: 'What is deleted by `schedules.prune`, `slipway run prune` and when a disk becomes full.',
  })
