import { z } from 'zod'
import { type Hook, hook } from './hook.ts'
import { authOf } from './hook-auth.ts'
import type { Mistake } from './parse.ts'
import { type Project, project } from './project.ts'

/**
 * Mistakes that no line of the schema can see alone: names that lead nowhere, roots that lie in one another. Works on
 * the raw input, so that these are found in the same run as the others; what is malformed itself is passed over here.
 */
export function contradictions(input: unknown): Mistake[] {
  const projects = entries(input, 'projects')
  const known = { projects: names(projects), credentials: names(entries(input, 'credentials')) }
  return [
    ...entries(input, 'hooks').flatMap(([name, value]) => checkHook(name, value, known.projects)),
    ...projects.flatMap(([name, value]) => checkProject(name, value, known.credentials)),
    ...checkRoots(projects.flatMap(([name, value]) => valid(name, value))),
  ]
}

type Entry = readonly [name: string, value: unknown]
type NamedProject = readonly [name: string, project: Project]

function checkHook(name: string, value: unknown, projects: ReadonlySet<string>): Mistake[] {
  const parsed = hook.safeParse(value)
  if (!parsed.success) return []
  const unknown = (parsed.data.projects ?? []).filter((target) => !projects.has(target))
  const mistakes = unknown.map((target) => ({
    path: `hooks.${name}.projects`,
    message: `there is no project "${target}" under projects`,
  }))
  return [
    ...mistakes,
    ...missingOf(parsed.data).map(([field, message]) => ({ path: `hooks.${name}.${field}`, message })),
  ]
}

/** What a hook cannot do without, by its source and by what its senders prove themselves with. */
function missingOf(hook: Hook): (readonly [field: string, message: string])[] {
  const { type, header } = authOf(hook)
  const isKeyless = type === 'google-oidc'
  const wanted: readonly (readonly [boolean, string, string])[] = [
    [!isKeyless && !hook.secret, 'secret', 'is missing; a hook without a secret is open to everybody'],
    [isKeyless && hook.secret !== undefined, 'secret', 'has no meaning with "google-oidc"; take it out'],
    [isKeyless && !hook.audience, 'audience', 'is missing; name what the subscription puts into its tokens'],
    [
      isKeyless && !hook.service_account,
      'service_account',
      'is missing; name the account that the calls come from',
    ],
    [
      type !== 'url-secret' && !isKeyless && type !== 'standard-webhooks' && !header,
      'auth.header',
      'is missing; name the header that carries the proof',
    ],
    [hook.source === 'gitlab' && !hook.image, 'image', 'is missing; the calls of GitLab name no image'],
    [hook.source === 'nexus' && !hook.registry, 'registry', 'is missing; the calls of Nexus name no host'],
    [
      hook.source === 'yunxiao-flow' && !hook.image_from,
      'image_from',
      'is missing; name the parameter that holds the image',
    ],
    [
      hook.source === 'yunxiao-flow' && !hook.task_name,
      'task_name',
      'is missing; name the task whose success counts',
    ],
    [
      hook.source === 'cloudevents' && !hook.types,
      'types',
      'is missing; name the types of events that announce an image',
    ],
  ]
  return wanted.flatMap(([is, field, message]) => (is ? [[field, message] as const] : []))
}

function checkProject(name: string, value: unknown, credentials: ReadonlySet<string>): Mistake[] {
  return valid(name, value).flatMap(([, found]) => {
    const mistakes: Mistake[] = []
    if (found.credentials && !credentials.has(found.credentials)) {
      mistakes.push({
        path: `projects.${name}.credentials`,
        message: `there is no entry "${found.credentials}" under credentials`,
      })
    }
    if (found.rollback === 'never' && found.rollout.on_failure === 'roll_back') {
      mistakes.push({
        path: `projects.${name}.rollout.on_failure`,
        message: 'cannot be "roll_back" where `rollback` is "never"; change one of the two',
      })
    }
    for (const path of overlapping(found.release.shared)) {
      mistakes.push({
        path: `projects.${name}.release.shared`,
        message: `"${path}" lies inside another shared path`,
      })
    }
    return mistakes
  })
}

function checkRoots(projects: readonly NamedProject[]): Mistake[] {
  return projects.flatMap(([name, current], index) =>
    projects.slice(0, index).flatMap(([other, earlier]) => {
      const sharesHost = current.hosts.some((host) => earlier.hosts.includes(host))
      const hasRoots = current.strategy === 'source' && earlier.strategy === 'source'
      if (!sharesHost || !hasRoots || !overlaps(current.release.root, earlier.release.root)) return []
      return [
        {
          path: `projects.${name}.release.root`,
          message: `overlaps the root of project "${other}"; give each its own folder`,
        },
      ]
    }),
  )
}

function overlapping(paths: readonly string[]): string[] {
  return paths.filter((path, index) =>
    paths.some(
      (other, at) => at !== index && (path.startsWith(`${other}/`) || (path === other && at < index)),
    ),
  )
}

function overlaps(a: string, b: string): boolean {
  return a === b || a.startsWith(`${b}/`) || b.startsWith(`${a}/`)
}

function valid(name: string, value: unknown): NamedProject[] {
  const parsed = project.safeParse(value)
  return parsed.success ? [[name, parsed.data]] : []
}

function entries(input: unknown, key: string): Entry[] {
  const section = z.record(z.string(), z.unknown()).safeParse(z.looseObject({}).safeParse(input).data?.[key])
  return section.success ? Object.entries(section.data) : []
}

function names(list: readonly Entry[]): Set<string> {
  return new Set(list.map(([name]) => name))
}
