import { catalogue, type ErrorCode } from '@slipway/core'

// In the order in which things go wrong; each code stands in exactly one group.
const groups: readonly (readonly [title: string, codes: readonly ErrorCode[]])[] = [
  [
    'Before anything starts',
    ['CONFIG_INVALID', 'CONFIG_UNREADABLE', 'SECRET_UNAVAILABLE', 'REDIS_UNSUITABLE'],
  ],
  [
    'A deploy is asked for',
    ['PROJECT_UNKNOWN', 'IMAGE_REFERENCE_INVALID', 'TAG_NOT_FOLLOWED', 'REDIS_UNAVAILABLE'],
  ],
  [
    'The registry is asked (resolve)',
    [
      'CREDENTIALS_UNAVAILABLE',
      'REGISTRY_UNAVAILABLE',
      'REGISTRY_RATE_LIMITED',
      'REGISTRY_UNAUTHORIZED',
      'REGISTRY_DENIED',
      'REGISTRY_PROTOCOL',
      'IMAGE_NOT_FOUND',
      'IMAGE_PLATFORM_UNSUITABLE',
    ],
  ],
  [
    'The engine pulls (pull)',
    [
      'ENGINE_UNAVAILABLE',
      'ENGINE_FAILED',
      'PULL_FAILED',
      'PULL_STALLED',
      'IMAGE_UNTRUSTED',
      'DISK_FLOOR',
      'DISK_FULL',
    ],
  ],
  [
    'The source is copied out and linked (copy, link)',
    [
      'SOURCE_MISSING',
      'SOURCE_REFUSED',
      'SOURCE_TOO_LARGE',
      'ARCHIVE_BROKEN',
      'RELEASE_STORE_FAILED',
      'SHARED_PATH_REFUSED',
    ],
  ],
  ['The database is migrated (migrate)', ['BACKUP_FAILED', 'MIGRATION_FAILED', 'MIGRATION_TIMEOUT']],
  [
    'After the switch (reload, check, roll-back)',
    ['RELOAD_FAILED', 'SERVICE_UNHEALTHY', 'CHECK_FAILED', 'DIGEST_HELD', 'ROLLBACK_FAILED'],
  ],
  [
    'The run itself',
    [
      'FENCED',
      'STEP_TIMEOUT',
      'INTERRUPTED',
      'CANCELLED',
      'ROLLOUT_STOPPED',
      'ATTEMPTS_EXHAUSTED',
      'INTERNAL',
    ],
  ],
  ['A release is looked at or gone back to', ['ROLLBACK_REFUSED', 'RELEASE_UNKNOWN', 'WORKER_SILENT']],
  ['A deployment is cancelled or tried again', ['DEPLOYMENT_UNKNOWN', 'DEPLOYMENT_ENDED']],
]

const introduction = `<!-- Made by \`npm run docs\` from packages/core/src/errors/catalogue.ts; changes by hand are lost. -->

# Errors

Every error that slipway raises has a code: in the log, on the deployment's record, in \`slipway status\`. _Tried again_ means
by itself, up to \`retry.attempts\` times: visitors saw nothing change, and the cause lies outside the release.
`

/** docs/errors.md: every code of the catalogue, ordered by what goes wrong. */
export function errorsPage(): string {
  const missing = missingCodes()
  if (missing.length > 0) throw new Error(`docs/errors.md has no place for ${missing.join(', ')}`)
  const sections = groups.map(([title, codes]) => [`## ${title}`, '', ...codes.flatMap(entry)].join('\n'))
  return `${[introduction, ...sections].join('\n').trimEnd()}\n`
}

function missingCodes(): string[] {
  const placed = new Set<string>(groups.flatMap(([, codes]) => codes))
  return Object.keys(catalogue).filter((code) => !placed.has(code))
}

function entry(code: ErrorCode): string[] {
  const { meaning, operator, retryable } = catalogue[code]
  return [
    `### ${code}`,
    '',
    `${meaning}${retryable ? ' _Tried again._' : ''}`,
    '',
    `**What to do:** ${operator}`,
    '',
  ]
}
