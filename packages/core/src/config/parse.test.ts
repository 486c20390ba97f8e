import { describe, expect, it } from 'vitest'
import { sourceIds } from './hook.ts'
import { parseConfig } from './parse.ts'

const hook = { source: 'acr', secret: { env: 'SECRET' } }
const project = {
  image: 'registry.example.com/acme/shop',
  source: { path: '/var/www/app' },
  release: { root: '/var/www/shop' },
}

function withProject(change: Record<string, unknown>): unknown {
  return { projects: { shop: { ...project, ...change } } }
}

function withHook(change: Record<string, unknown>): unknown {
  return { hooks: { main: { ...hook, ...change } } }
}

const argv = 'write the command as a list: [php, artisan, migrate]'
const name = 'use 1 to 63 lower-case letters, digits and "-", beginning and ending with a letter or digit'
const path = 'write an absolute path without "..", "." or "//", and not "/" itself'
const below = 'write a path below the source without a leading "/", "..", "." or "//"'
const durationForm = 'write a number and one of ms, s, m, h, d, such as "90s" or "10m"'
const cron = 'write five cron fields, such as "0 3 * * 1-5" (minute hour day month weekday)'
const zone = 'write the IANA name of a zone, such as "Asia/Shanghai"'
const secret = 'name the secret as { env: NAME } or { file: /path }; never write it here'

const header = 'write the name of an HTTP header'
const noSecret = 'is missing; a hook without a secret is open to everybody'
const jwks = 'write { url: "https://…" } or { file: /path }'
const addresses = 'write an address or a range of addresses, such as "203.0.113.0/24" or "2001:db8::/32"'
const token = {
  source: 'gar',
  secret: undefined,
  audience: 'https://deploy.example.com/webhooks/main',
  service_account: 'pusher@demo.iam.gserviceaccount.com',
}

const one: readonly [input: unknown, path: string, message: string][] = [
  ['text', '', 'write a map'],
  [{ project: {} }, 'project', 'there is no such setting'],
  [{ state_dir: 'var/lib' }, 'state_dir', path],
  [{ state_dir: '/' }, 'state_dir', path],
  [{ state_dir: '/var/../etc' }, 'state_dir', path],
  [{ state_dir: '/var\n/lib' }, 'state_dir', path],
  [{ redis: {} }, 'redis', 'write exactly one of url, sentinel and cluster'],
  [{ redis: 'redis://a' }, 'redis', 'write a map'],
  [
    { redis: { url: 'redis://a', cluster: { nodes: ['a:6379'] } } },
    'redis',
    'write exactly one of url, sentinel and cluster',
  ],
  [{ redis: { url: 'http://127.0.0.1' } }, 'redis.url', 'write a redis://, rediss:// or unix:// URL'],
  [
    { redis: { url: 'redis://ada:secret@127.0.0.1' } },
    'redis.url',
    'leave the password out of the URL; name it in `password`',
  ],
  [
    { redis: { url: 'redis://:secret@127.0.0.1' } },
    'redis.url',
    'leave the password out of the URL; name it in `password`',
  ],
  [{ redis: { url: 'redis://a', password: 'hunter2' } }, 'redis.password', secret],
  [
    { redis: { url: 'redis://a?password=secret' } },
    'redis.url',
    'leave the password out of the URL; name it in `password`',
  ],
  [{ redis: { cluster: { nodes: [] } } }, 'redis.cluster.nodes', 'name at least one, as host:port'],
  ...['a', 'a:0', 'a:65536', 'redis://a:6379', '::1:6379', 'a b:6379'].map(
    (node): [unknown, string, string] => [
      { redis: { cluster: { nodes: ['a:6379', node] } } },
      'redis.cluster.nodes[1]',
      'write host:port, such as redis-1.example.com:6379',
    ],
  ),
  [{ redis: { sentinel: { nodes: ['a:26379'] } } }, 'redis.sentinel.name', 'is missing; write a text'],
  [
    { redis: { sentinel: { name: 'mymaster', nodes: ['a:26379'], password: 'hunter2' } } },
    'redis.sentinel.password',
    secret,
  ],
  [
    { redis: { url: 'redis://a', tls: {} } },
    'redis.tls',
    'only a rediss:// URL speaks TLS; change the URL, or leave tls out',
  ],
  [
    { redis: { url: 'unix:///run/redis.sock', tls: {} } },
    'redis.tls',
    'only a rediss:// URL speaks TLS; change the URL, or leave tls out',
  ],
  [{ redis: { url: 'rediss://a', tls: { ca: 'ca.pem' } } }, 'redis.tls.ca', path],
  [{ redis: { url: 'rediss://a', tls: { key: '/key.pem' } } }, 'redis.tls', 'write cert and key, or neither'],
  [{ ingest: { public: { port: '8080' } } }, 'ingest.public.port', 'write a number'],
  [{ ingest: { public: { port: 70_000 } } }, 'ingest.public.port', 'must be at most 65535'],
  [
    { ingest: { ops: { tokens: [{ name: 'ada', role: 'root', hash: { env: 'A' } }] } } },
    'ingest.ops.tokens[0].role',
    'use one of: viewer, operator',
  ],
  [{ worker: { concurrency: 0 } }, 'worker.concurrency', 'must be at least 1'],
  [{ retry: { delay: 15 } }, 'retry.delay', 'write a duration as text, such as "90s" or "10m"'],
  [{ retry: { delay: '15' } }, 'retry.delay', durationForm],
  [
    { registries: { 'https://a': {} } },
    'registries.https://a',
    'this name cannot be used: write a host with an optional port, lower case, without "https://"',
  ],
  [{ hooks: { Main: hook } }, 'hooks.Main', `this name cannot be used: ${name}`],
  [{ hooks: [] }, 'hooks', 'write a map'],
  [withHook({ source: 'acme' }), 'hooks.main.source', `use one of: ${sourceIds.join(', ')}`],
  [
    withHook({ secret: 'hunter2' }),
    'hooks.main.secret',
    'name the secret as { env: NAME } or { file: /path }, or a list of these while rotating',
  ],
  [withHook({ secret: [] }), 'hooks.main.secret', 'name at least one secret'],
  [
    withHook({ registry: 'https://registry.example.com' }),
    'hooks.main.registry',
    'write a host with an optional port, lower case, without "https://"',
  ],
  [
    withHook({ auth: { type: 'none' } }),
    'hooks.main.auth.type',
    'use one of: url-secret, static-header, hmac-sha256-hex, hmac-sha1-hex, standard-webhooks, google-oidc',
  ],
  ...(['static-header', 'hmac-sha256-hex', 'hmac-sha1-hex'] as const).map(
    (type): [unknown, string, string] => [
      withHook({ auth: { type } }),
      'hooks.main.auth.header',
      'is missing; name the header that carries the proof',
    ],
  ),
  [withHook({ auth: { type: 'static-header', header: 'X Token' } }), 'hooks.main.auth.header', header],
  [withHook({ secret: undefined }), 'hooks.main.secret', noSecret],
  [withHook({ secret: undefined, auth: { type: 'standard-webhooks' } }), 'hooks.main.secret', noSecret],
  [
    withHook({ ...token, secret: { env: 'SECRET' } }),
    'hooks.main.secret',
    'has no meaning with "google-oidc"; take it out',
  ],
  [
    withHook({ ...token, audience: undefined }),
    'hooks.main.audience',
    'is missing; name what the subscription puts into its tokens',
  ],
  [
    withHook({ ...token, service_account: undefined }),
    'hooks.main.service_account',
    'is missing; name the account that the calls come from',
  ],
  [withHook({ ...token, jwks: { url: 'http://a' } }), 'hooks.main.jwks.url', 'write an https URL'],
  [withHook({ ...token, jwks: { file: 'keys.json' } }), 'hooks.main.jwks.file', path],
  [withHook({ ...token, jwks: {} }), 'hooks.main.jwks', jwks],
  [withHook({ source: 'gitlab' }), 'hooks.main.image', 'is missing; the calls of GitLab name no image'],
  [withHook({ source: 'nexus' }), 'hooks.main.registry', 'is missing; the calls of Nexus name no host'],
  [
    withHook({ source: 'yunxiao-flow', image_from: 'globalParams.IMAGE' }),
    'hooks.main.task_name',
    'is missing; name the task whose success counts',
  ],
  [
    withHook({ source: 'yunxiao-flow', task_name: 'build' }),
    'hooks.main.image_from',
    'is missing; name the parameter that holds the image',
  ],
  [
    withHook({ source: 'yunxiao-flow', task_name: 'build', image_from: 'a..b' }),
    'hooks.main.image_from',
    'write names of fields with dots between them, such as "globalParams.IMAGE"',
  ],
  [
    withHook({ source: 'cloudevents' }),
    'hooks.main.types',
    'is missing; name the types of events that announce an image',
  ],
  [withHook({ allow: [] }), 'hooks.main.allow', 'name at least one range, or leave `allow` out'],
  ...['10.0.0.0/33', 'example.com', '10.0.0', '2001:db8::/129', ''].map(
    (range): [unknown, string, string] => [
      withHook({ allow: ['10.0.0.0/8', '192.0.2.1', '2001:db8::/32', '::1', range] }),
      'hooks.main.allow[4]',
      addresses,
    ],
  ),
  [{ ingest: { public: { trust_proxy: ['loopback'] } } }, 'ingest.public.trust_proxy[0]', addresses],
  [{ ingest: { public: { trust_proxy: true } } }, 'ingest.public.trust_proxy', 'write a list'],
  [
    { ingest: { public: { rate_limit: { address: -1 } } } },
    'ingest.public.rate_limit.address',
    'must be at least 0',
  ],
  [
    { ingest: { public: { rate_limit: { hook: 0.5 } } } },
    'ingest.public.rate_limit.hook',
    'write a whole number',
  ],
  [withHook({ projects: ['shop'] }), 'hooks.main.projects', 'there is no project "shop" under projects'],
  [withProject({ image: undefined }), 'projects.shop.image', 'is missing; write a text'],
  [
    withProject({ image: 'a.b/shop:latest' }),
    'projects.shop.image',
    'The image "a.b/shop:latest" cannot be used: leave out the tag and the digest.',
  ],
  [withProject({ tags: [] }), 'projects.shop.tags', 'follow at least one tag'],
  [
    withProject({ tags: ['latest', '/(/'] }),
    'projects.shop.tags[1]',
    '/(/ cannot be used: missing closing ): `(`',
  ],
  [
    withProject({ tags: ['latest', ''] }),
    'projects.shop.tags[1]',
    'write a tag, a /regular expression/ or a semver range such as "^1.2"',
  ],
  [
    withProject({ credentials: 'acme' }),
    'projects.shop.credentials',
    'there is no entry "acme" under credentials',
  ],
  [
    withProject({ credentials: 'constructor' }),
    'projects.shop.credentials',
    'there is no entry "constructor" under credentials',
  ],
  [withProject({ hosts: ['Web1'] }), 'projects.shop.hosts[0]', name],
  [withProject({ source: { path: 'app' } }), 'projects.shop.source.path', path],
  [
    withProject({ source: { path: '/proc/self' } }),
    'projects.shop.source.path',
    '/proc, /sys and /dev hold no source',
  ],
  [
    withProject({ source: { path: '/app', require: ['../etc/passwd'] } }),
    'projects.shop.source.require[0]',
    below,
  ],
  [
    withProject({ source: { path: '/app', require: ['/etc/passwd'] } }),
    'projects.shop.source.require[0]',
    below,
  ],
  [
    withProject({ release: { root: '/var/www/shop', keep: 1 } }),
    'projects.shop.release.keep',
    'must be at least 2',
  ],
  [
    withProject({ release: { root: '/var/www/shop', owner: 'www-data' } }),
    'projects.shop.release.owner',
    'write numeric user and group ids, such as "1000:1000"',
  ],
  [
    withProject({ release: { root: '/var/www/shop', shared: ['storage', 'storage/logs'] } }),
    'projects.shop.release.shared',
    '"storage/logs" lies inside another shared path',
  ],
  [withProject({ migrate: { command: 'php artisan migrate' } }), 'projects.shop.migrate.command', argv],
  [
    withProject({ migrate: { network: '--privileged' } }),
    'projects.shop.migrate.network',
    'write the name of a Docker network',
  ],
  [
    withProject({ services: [{ container: 'a', action: 'reload' }] }),
    'projects.shop.services[0].action',
    'write action: signal, exec, restart or recreate',
  ],
  [
    withProject({ services: [{ container: '-a', action: 'restart' }] }),
    'projects.shop.services[0].container',
    'write the name of a container',
  ],
  [
    withProject({ services: [{ container: 'a', action: 'signal', signal: 'hup' }] }),
    'projects.shop.services[0].signal',
    'write a signal name such as HUP or USR2',
  ],
  [
    withProject({ check: { url: 'file:///etc/passwd' } }),
    'projects.shop.check.url',
    'write an http or https URL',
  ],
  [
    withProject({ check: { url: 'http://a/', method: 'HEAD', text: 'ok' } }),
    'projects.shop.check.text',
    'an answer to HEAD has no text; take this out, or write method: GET',
  ],
  [
    withProject({ check: [{ url: 'http://a/' }, { tcp: 'db:70000' }] }),
    'projects.shop.check[1].tcp',
    'write a port up to 65535',
  ],
  [withProject({ watch: '30d' }), 'projects.shop.watch', 'write at most "1d"'],
  [withProject({ rollback: 'always' }), 'projects.shop.rollback', 'use one of: auto, never'],
  [withProject({ hosts: ['web1', 'web2', 'web1'] }), 'projects.shop.hosts', 'name each host once'],
  [withProject({ migrate: { orphan: 'kill' } }), 'projects.shop.migrate.orphan', 'use one of: wait, end'],
  [
    withProject({ rollout: { order: 'random' } }),
    'projects.shop.rollout.order',
    'use one of: parallel, rolling',
  ],
  [
    withProject({ rollout: { on_failure: 'rollback' } }),
    'projects.shop.rollout.on_failure',
    'use one of: stop, roll_back',
  ],
  [
    withProject({ rollout: { max_failures: -1 } }),
    'projects.shop.rollout.max_failures',
    'must be at least 0',
  ],
  [
    withProject({ rollout: { max_failures: 0.5 } }),
    'projects.shop.rollout.max_failures',
    'write a whole number',
  ],
  [withProject({ rollout: { batch: 2 } }), 'projects.shop.rollout.batch', 'there is no such setting'],
  [
    withProject({ rollback: 'never', rollout: { on_failure: 'roll_back' } }),
    'projects.shop.rollout.on_failure',
    'cannot be "roll_back" where `rollback` is "never"; change one of the two',
  ],
  [withProject({ windows: { cron: '0 3 * * *', duration: '1h' } }), 'projects.shop.windows', 'write a list'],
  [
    withProject({ windows: [{ duration: '1h' }] }),
    'projects.shop.windows[0].cron',
    'is missing; write a text',
  ],
  [withProject({ windows: [{ cron: '0 3 * *', duration: '1h' }] }), 'projects.shop.windows[0].cron', cron],
  [withProject({ windows: [{ cron: '0 0 30 2 *', duration: '1h' }] }), 'projects.shop.windows[0].cron', cron],
  [
    withProject({ windows: [{ cron: '0 3 * * *', duration: '1h', timezone: 'Berlin' }] }),
    'projects.shop.windows[0].timezone',
    zone,
  ],
  [
    withProject({ windows: [{ cron: '0 3 * * *' }] }),
    'projects.shop.windows[0].duration',
    'write a duration as text, such as "90s" or "10m"',
  ],
  [
    withProject({ windows: [{ cron: '0 3 * * *', duration: '0s' }] }),
    'projects.shop.windows[0].duration',
    'must be longer than "0s"',
  ],
  [
    withProject({ timeouts: { link: 60 } }),
    'projects.shop.timeouts.link',
    'write a duration as text, such as "90s" or "10m"',
  ],
  [withProject({ timeouts: { roll_back: '1 hour' } }), 'projects.shop.timeouts.roll_back', durationForm],
  [
    withProject({ timeouts: { migrate: '10m' } }),
    'projects.shop.timeouts.migrate',
    'there is no such setting',
  ],
  [{ schedules: { prune: { cron: 'daily' } } }, 'schedules.prune.cron', cron],
  [{ schedules: { prune: { cron: '0 0 31 2 *' } } }, 'schedules.prune.cron', cron],
  [
    { schedules: { reconcile: { cron: '0 0 * * *', timezone: 'Mars/Olympus' } } },
    'schedules.reconcile.timezone',
    zone,
  ],
  [
    { schedules: { reconcile: { cron: '0 0 * * *', every: '5m' } } },
    'schedules.reconcile',
    'write { cron: "0 0 * * *", timezone: Asia/Shanghai } or { every: 5m }',
  ],
  [
    { schedules: { prune: '0 0 * * *' } },
    'schedules.prune',
    'write { cron: "0 0 * * *", timezone: Asia/Shanghai } or { every: 5m }',
  ],
]

describe('parseConfig', () => {
  it.each(one)('finds the one mistake in %j at %s', (input, where, message) => {
    expect(parseConfig(input)).toEqual({ ok: false, mistakes: [{ path: where, message }] })
  })

  it('finds mistakes of every kind in one run, ordered by path', () => {
    const result = parseConfig({
      unknown: 1,
      hooks: { main: { ...hook, projects: ['blog'] } },
      projects: {
        shop: { ...project, credentials: 'acme', rollback: 'perhaps' },
        twin: { ...project, credentials: 'acme', release: { root: '/var/www/shop/inner' } },
        third: { ...project, release: { root: '/var/www' } },
      },
    })

    expect(result.ok ? [] : result.mistakes.map(({ path }) => path)).toEqual([
      'hooks.main.projects',
      'projects.shop.rollback',
      'projects.third.release.root',
      'projects.twin.credentials',
      'unknown',
    ])
  })

  it('finds every mistake about Redis in one run', () => {
    const result = parseConfig({
      redis: {
        url: 'redis://ada:secret@a',
        sentinel: { name: 'mymaster', nodes: ['a'] },
        tls: { ca: 'ca.pem' },
        db: 1,
      },
    })

    expect(result.ok ? [] : result.mistakes.map(({ path }) => path)).toEqual([
      'redis',
      'redis.db',
      'redis.sentinel.nodes[0]',
      'redis.tls',
      'redis.tls.ca',
      'redis.url',
    ])
  })

  it.each([
    [{ url: 'unix:///run/redis.sock', username: 'slipway' }],
    [{ url: 'rediss://redis.example.com', tls: { ca: '/ca.pem', cert: '/cert.pem', key: '/key.pem' } }],
    [{ sentinel: { name: 'mymaster', nodes: ['a:26379'], tls: false }, tls: {} }],
    [{ cluster: { nodes: ['a:6379', '[::1]:6379'] }, tls: { servername: 'redis.example.com' } }],
  ])('takes %j for a Redis', (redis) => {
    expect(parseConfig({ redis }).ok).toBe(true)
  })

  it('splits what names a server of Redis', () => {
    const result = parseConfig({ redis: { cluster: { nodes: ['redis-1.example.com:6379', '[::1]:6380'] } } })

    expect(result.ok && result.config.redis?.cluster?.nodes).toEqual([
      { host: 'redis-1.example.com', port: 6379 },
      { host: '::1', port: 6380 },
    ])
  })

  it.each([
    ['a token of Google', token],
    ['keys at an address', { ...token, jwks: { url: 'https://keys.example.com/jwks.json' } }],
    ['keys in a file', { ...token, jwks: { file: '/etc/slipway/jwks.json' } }],
    ['a signature without a header', { auth: { type: 'standard-webhooks' } }],
    ['a secret in the URL of a source that could sign', { source: 'ghcr', auth: { type: 'url-secret' } }],
    ['some addresses', { allow: ['203.0.113.0/24', '2001:db8::1'] }],
  ])('takes a hook with %s', (_what, change) => {
    expect(parseConfig(withHook(change))).toMatchObject({ ok: true })
  })

  it('believes no proxy and limits callers unless told otherwise', () => {
    const result = parseConfig(null)

    expect(result.ok && result.config.ingest.public).toMatchObject({
      trust_proxy: [],
      rate_limit: { address: 600, hook: 1_200 },
    })
  })

  it('lets roots lie in one another on different hosts only', () => {
    const apart = parseConfig({
      projects: { a: { ...project, hosts: ['web1'] }, b: { ...project, hosts: ['web2'] } },
    })
    const together = parseConfig({
      projects: { a: { ...project, hosts: ['web1', 'web2'] }, b: { ...project, hosts: ['web2'] } },
    })
    const siblings = parseConfig({
      projects: { a: project, b: { ...project, release: { root: '/var/www/shop2' } } },
    })

    expect([apart.ok, together.ok, siblings.ok]).toEqual([true, false, true])
  })

  it('makes a whole configuration of nothing', () => {
    const result = parseConfig(null)

    expect(result.ok && result.config).toMatchObject({
      state_dir: '/var/lib/slipway',
      ingest: {
        public: { host: '0.0.0.0', port: 8080 },
        ops: { host: '127.0.0.1', port: 8081, tokens: [] },
      },
      worker: { concurrency: 2, lock_duration: 60_000 },
      retry: { attempts: 3, delay: 15_000 },
      hooks: {},
      projects: {},
      schedules: { reconcile: { every: 300_000 } },
    })
  })

  it('fills in what a project leaves out', () => {
    const result = parseConfig({ projects: { shop: { ...project, check: { url: 'http://127.0.0.1/' } } } })

    expect(result.ok && result.config.projects.shop).toMatchObject({
      image: { registry: 'registry.example.com', repository: 'acme/shop' },
      tags: [{ kind: 'exact', tag: 'latest' }],
      hosts: ['local'],
      source: { require: [], limits: { bytes: 10e9, entries: 500_000, depth: 64 } },
      release: { keep: 5, shared: [], writable: [], copy: 'changed' },
      services: [],
      strategy: 'source',
      check: [{ method: 'GET', status: [200], timeout: 5_000, retries: 10, interval: 1_000, successes: 1 }],
      watch: 0,
      rollback: 'auto',
      rollout: { order: 'parallel', max_failures: 0, on_failure: 'stop' },
      windows: [],
      timeouts: {
        pull_inactivity: 60_000,
        link: 300_000,
        switch: 60_000,
        check: 900_000,
        roll_back: 900_000,
      },
    })
  })

  it('waits for a migration that a dead worker left, unless told otherwise', () => {
    const orphans = [{}, { orphan: 'end' }].map((migrate) => {
      const result = parseConfig(withProject({ migrate }))
      return result.ok && result.config.projects.shop?.migrate?.orphan
    })

    expect(orphans).toEqual(['wait', 'end'])
  })

  it('reads maintenance windows', () => {
    const result = parseConfig(
      withProject({
        windows: [
          { cron: '0 22 * * 1-5', duration: '4h', timezone: 'Asia/Shanghai' },
          { cron: '30 12 * * *', duration: '90m' },
        ],
      }),
    )

    expect(result.ok && result.config.projects.shop?.windows).toEqual([
      { cron: '0 22 * * 1-5', duration: 14_400_000, timezone: 'Asia/Shanghai' },
      { cron: '30 12 * * *', duration: 5_400_000 },
    ])
  })

  it('goes back on all hosts where one may go back by itself', () => {
    expect(parseConfig(withProject({ rollout: { on_failure: 'roll_back' } })).ok).toBe(true)
    expect(parseConfig(withProject({ rollback: 'never', rollout: { on_failure: 'stop' } })).ok).toBe(true)
  })

  it('takes no setting from the prototype of what it is given', () => {
    const input: unknown = JSON.parse('{"projects": {"__proto__": {"image": "a.b/c"}}}')

    const result = parseConfig(input)

    expect(result.ok && Object.keys(result.config.projects)).toEqual([])
    expect(result.ok && result.config.projects.image).toBeUndefined()
  })
})
