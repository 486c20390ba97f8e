import { z } from 'zod'
import { absolutePath } from './names.ts'
import { secretRef } from './secret-ref.ts'

const passwordInUrl = /^[a-z]+:\/\/[^/]*:[^/@]+@|[?&]\w*password=/i
const nodePattern = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:/@[\]]+)):(\d{1,5})$/

const node = z.string().transform((text, context): RedisNode => {
  const [, address, name, digits] = nodePattern.exec(text) ?? []
  const [host, port] = [address ?? name, Number(digits)]
  if (host && port > 0 && port <= 65_535) return { host, port }
  context.addIssue({ code: 'custom', message: 'write host:port, such as redis-1.example.com:6379' })
  return z.NEVER
})

const nodes = z.array(node).min(1, { error: 'name at least one, as host:port' })

const sentinel = z.strictObject({
  name: z.string().min(1).meta({ description: 'What the sentinels call the primary, such as mymaster.' }),
  nodes: nodes.meta({ description: 'The sentinels, as host:port; the first that answers is believed.' }),
  username: z.string().min(1).optional().meta({ description: 'User at the sentinels.' }),
  password: secretRef.optional(),
  tls: z
    .boolean()
    .optional()
    .meta({ description: 'Whether the sentinels speak TLS. Absent: as the servers do.' }),
})

const cluster = z.strictObject({
  nodes: nodes.meta({ description: 'Some nodes, as host:port; the others are found through them.' }),
})

const tls = z
  .strictObject({
    ca: absolutePath.optional().meta({
      description: 'Certificates (PEM) that are trusted. Absent: those that Node.js brings along.',
    }),
    cert: absolutePath.optional().meta({ description: 'Our own certificate (PEM), where one is asked for.' }),
    key: absolutePath.optional().meta({ description: 'The key (PEM) of that certificate.' }),
    servername: z.string().min(1).optional().meta({
      description: 'The name that certificates are held against. Absent: the host that is connected to.',
    }),
  })
  .refine(({ cert, key }) => (cert === undefined) === (key === undefined), {
    error: 'write cert and key, or neither',
  })
  .meta({ description: 'For rediss://, sentinel and cluster; an empty map turns TLS on for the latter two.' })

/** Where Redis is and how to come in. */
export const redis = z
  .strictObject({
    url: z
      .url({ protocol: /^(?:rediss?|unix)$/, error: 'write a redis://, rediss:// or unix:// URL' })
      .refine((url) => !passwordInUrl.test(url), {
        error: 'leave the password out of the URL; name it in `password`',
      })
      .optional()
      .meta({ description: 'One server: redis://, rediss:// or unix://.' }),
    sentinel: sentinel.optional().meta({ description: 'The primary that sentinels tell of.' }),
    cluster: cluster.optional().meta({ description: 'A Redis Cluster.' }),
    username: z.string().min(1).optional(),
    password: secretRef.optional(),
    tls: tls.optional(),
  })
  .refine(({ url, sentinel, cluster }) => countGiven([url, sentinel, cluster]) === 1, {
    error: 'write exactly one of url, sentinel and cluster',
    when: isMap,
  })
  .refine(({ url, tls }) => tls === undefined || !isWithoutTls(url), {
    path: ['tls'],
    error: 'only a rediss:// URL speaks TLS; change the URL, or leave tls out',
    when: isMap,
  })
  .meta({ description: 'Absent: the embedded redis-server under state_dir.' })

/** One server by its address. */
export interface RedisNode {
  readonly host: string
  readonly port: number
}

/** What the `redis` section only names, read from where it points. */
export interface RedisSecrets {
  readonly password: string | undefined
  readonly sentinelPassword: string | undefined
  /** PEM texts; undefined without a `tls`. */
  readonly tls: Readonly<Record<'ca' | 'cert' | 'key', string | undefined>> | undefined
}

// Looks although other settings are wrong too, so that everything is told at once.
function isMap({ value }: { readonly value: unknown }): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function countGiven(places: readonly unknown[]): number {
  return places.filter((place) => place !== undefined).length
}

function isWithoutTls(url: unknown): boolean {
  return typeof url === 'string' && /^(?:redis|unix):/.test(url)
}
