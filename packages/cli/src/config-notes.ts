import { authOf, type Config, type Hook, type Mistake, parseAcrHost, registryIdentity } from '@slipway/core'
import { embeddedSocket } from '@slipway/store'
import { isSocketPathTooLong, longestSocketPath } from './socket-path.ts'

/** What is not wrong in a configuration but may not be what was meant, each with its path. */
export function notesOn(config: Config): Mistake[] {
  return [
    ...redisNotes(config),
    ...hookNotes(config),
    ...projectNotes(config),
    ...serviceNotes(config),
    ...opsNotes(config),
    ...notifyNotes(config),
  ]
}

function redisNotes({ redis, state_dir: stateDir }: Config): Mistake[] {
  if (redis) return []
  const socket = embeddedSocket(stateDir)
  if (!isSocketPathTooLong(socket))
    return [{ path: 'redis', message: '`slipway redis` has to run, because no Redis is named' }]
  const message = `${socket} is longer than the ${longestSocketPath} bytes that the path of a Unix socket may have`
  return [{ path: 'state_dir', message }]
}

function hookNotes({ hooks, ingest }: Config): Mistake[] {
  return Object.entries(hooks).flatMap(([name, hook]) => {
    const notes: Mistake[] = []
    if (hook.allow && ingest.public.trust_proxy.length === 0) {
      const message =
        'is held against the address of the connection; a proxy in front has to be named in ingest.public.trust_proxy'
      notes.push({ path: `hooks.${name}.allow`, message })
    }
    if (hook.source === 'codeup') {
      const message = 'is understood and nudges nothing: Codeup tells of source code, not of images'
      notes.push({ path: `hooks.${name}.source`, message })
    }
    if (!hook.registry && hook.source === 'acr') {
      const message = 'is not named: images are taken to lie at registry.<region>.aliyuncs.com'
      notes.push({ path: `hooks.${name}.registry`, message })
    }
    if (authOf(hook).type === 'url-secret') {
      const message = 'the secret is part of the URL: keep access logs in front of ingest free of queries'
      notes.push({ path: `hooks.${name}`, message })
    }
    return notes
  })
}

function projectNotes({ hooks, projects }: Config): Mistake[] {
  return Object.entries(projects).flatMap(([name, project]) => {
    const notes: Mistake[] = []
    const isNudged = Object.values(hooks).some((hook) => reaches(hook, name, project.image.registry))
    if (!isNudged && !project.poll) {
      const message = 'no hook can nudge it; only `slipway deploy` can'
      notes.push({ path: `projects.${name}`, message })
    }
    if (project.check.length === 0) {
      const message = 'is not set: a release counts as good as soon as the services were told'
      notes.push({ path: `projects.${name}.check`, message })
      if (project.watch > 0) {
        const nothing = 'has nothing to do: there is no check that could be repeated'
        notes.push({ path: `projects.${name}.watch`, message: nothing })
      }
    }
    return notes
  })
}

// Compose calls its services in every project by the same few names.
function serviceNotes({ projects }: Config): Mistake[] {
  return Object.entries(projects).flatMap(([name, { services }]) =>
    services.flatMap(({ label }, index) => {
      if (!label || !named(label, 'com.docker.compose.service')) return []
      if (named(label, 'com.docker.compose.project')) return []
      const message =
        'means that service of every compose project; add com.docker.compose.project=NAME to the list'
      return [{ path: `projects.${name}.services[${index}].label`, message }]
    }),
  )
}

function named(labels: readonly string[], key: string): boolean {
  return labels.some((label) => label === key || label.startsWith(`${key}=`))
}

function reaches(hook: Hook, project: string, registry: string): boolean {
  if (hook.projects && !hook.projects.includes(project)) return false
  if (hook.source === 'codeup') return false
  if (hook.image) return registryIdentity(hook.image.registry) === registryIdentity(registry)
  if (hook.registry) return registryIdentity(hook.registry) === registryIdentity(registry)
  if (hook.source !== 'acr') return true
  return parseAcrHost(registry)?.publicHost.startsWith('registry.') === true
}

function opsNotes({ ingest }: Config): Mistake[] {
  if (ingest.ops.tokens.length > 0) return []
  return [
    { path: 'ingest.ops.tokens', message: 'is empty: nobody can log in; `slipway token NAME` makes one' },
  ]
}

function notifyNotes({ notify }: Config): Mistake[] {
  if (notify.length > 0) return []
  return [{ path: 'notify', message: 'is empty: nobody is told when a site needs a person' }]
}
