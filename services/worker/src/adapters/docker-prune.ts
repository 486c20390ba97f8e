import type Docker from 'dockerode'
import { abortable } from '../abortable.ts'
import type { Deletion, HostDeletions } from '../ports/host-deletions.ts'
import { dialDocker, saidByDocker } from './docker-call.ts'
import { callEngine, statusOf } from './docker-errors.ts'

const callDeadline = 60_000
/** Taking a container or an image away may be many files. */
const deleteDeadline = 300_000
const gone: Deletion = { kind: 'gone' }
const deleted: Deletion = { kind: 'deleted' }

/** Deletions by the engine of this host, each of one thing that is named. */
export function createDockerDeletions(docker: Docker): HostDeletions {
  return {
    async image({ id, names, known }, signal) {
      const facts = await lookAt(docker, id, signal)
      if (!facts) return gone
      const added = namesOf(facts).filter((name) => !known.includes(name))
      // Somebody uses it for something since.
      if (added.length > 0) return { kind: 'needed', why: `it is called ${added.join(', ')} by now` }
      let last: Deletion = gone
      for (const name of names) {
        const done = await removeImage(docker, name, signal)
        if (done.kind === 'needed') return done
        if (done.kind === 'deleted') last = done
      }
      return last
    },

    container: (id, signal) =>
      remove(`removing the container ${id}`, signal, () =>
        docker
          .getContainer(id)
          .remove({ force: false, v: false, abortSignal: limited(signal, deleteDeadline) }),
      ),
    network: (id, signal) =>
      remove(`removing the network ${id}`, signal, () =>
        docker.getNetwork(id).remove({ abortSignal: limited(signal) }),
      ),
    volume: (name, signal) =>
      remove(`removing the volume ${name}`, signal, () =>
        docker.getVolume(name).remove({ abortSignal: limited(signal, deleteDeadline) }),
      ),
    buildCache: (ids, signal) => removeCaches(docker, ids, signal),
  }
}

async function lookAt(
  docker: Docker,
  id: string,
  signal: AbortSignal,
): Promise<Docker.ImageInspectInfo | null> {
  return callEngine(`looking at the image ${id}`, signal, async () => {
    try {
      // The one call of the client that passes no signal on.
      return await abortable(docker.getImage(id).inspect(), limited(signal))
    } catch (error) {
      if (statusOf(error) === 404) return null
      throw error
    }
  })
}

function namesOf({ RepoTags: tags, RepoDigests: digests }: Docker.ImageInspectInfo): string[] {
  return [...(tags ?? []), ...(digests ?? [])].filter((name) => !name.startsWith('<none>'))
}

/** The engine takes digests away with the last tag of their repository: then they are gone, and that is right. */
function removeImage(docker: Docker, name: string, signal: AbortSignal): Promise<Deletion> {
  return remove(`removing the image ${name}`, signal, () =>
    docker.getImage(name).remove({ force: false, abortSignal: limited(signal, deleteDeadline) }),
  )
}

async function remove(doing: string, signal: AbortSignal, call: () => Promise<unknown>): Promise<Deletion> {
  return callEngine(doing, signal, async () => {
    try {
      await call()
      return deleted
    } catch (error) {
      const status = statusOf(error)
      if (status === 404) return gone
      // A network in use is answered by some engines as something that is forbidden.
      if (status === 409 || status === 403) return { kind: 'needed', why: saidByDocker(error) }
      throw error
    }
  })
}

/**
 * The engine has one call for its build cache, which deletes what a filter fits: here always one entry by its id. An
 * entry that others are built on is left by it, so they are gone through as long as anything goes.
 */
async function removeCaches(
  docker: Docker,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<Map<string, Deletion>> {
  const done = new Map<string, Deletion>()
  // What is built on another one is younger, and mostly comes later.
  let left = ids.toReversed()
  for (;;) {
    const before = left.length
    for (const id of left) {
      const went = await removeCache(docker, id, signal)
      if (went) done.set(id, deleted)
    }
    left = left.filter((id) => !done.has(id))
    if (left.length === 0 || left.length === before) break
  }
  for (const id of left) done.set(id, { kind: 'needed', why: 'it is in use, or others are built on it' })
  return done
}

async function removeCache(docker: Docker, id: string, signal: AbortSignal): Promise<boolean> {
  // The engine reads it as a regular expression.
  const filters = { id: { [`^${id.replace(/[^a-zA-Z0-9]/g, '\\$&')}$`]: true } }
  const answer = await callEngine(`removing ${id} of the build cache`, signal, () =>
    dialDocker(docker, {
      ...{ method: 'POST', path: '/build/prune', query: { all: true, filters } },
      signal: limited(signal, deleteDeadline),
    }),
  )
  const went = answer as { readonly CachesDeleted?: readonly string[] | null }
  return went.CachesDeleted?.includes(id) === true
}

function limited(signal: AbortSignal, deadline = callDeadline): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(deadline)])
}
