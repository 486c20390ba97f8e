import { readFile, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { monotonic } from './events.ts'
import type { Look } from './oracles.ts'

export interface LinkWatch {
  /** Ends it and gives what was seen, a look for each change. */
  stop(): Promise<readonly Look[]>
  looks(): number
}

const everyMs = 4

/** Looks at what `current` of each project points at, some hundred times a second. */
export function watchLinks(roots: ReadonlyMap<string, string>): LinkWatch {
  const changes: Look[] = []
  const last = new Map<string, string>()
  let looks = 0
  let stopped = false

  async function look(project: string, root: string): Promise<void> {
    const found = await readCurrent(root)
    looks += 1
    const seen = `${found.seq} ${found.why}`
    if (last.get(project) === seen) return
    last.set(project, seen)
    changes.push({ at: monotonic(), project, ...found })
  }

  const running = (async () => {
    while (!stopped) {
      for (const [project, root] of roots) await look(project, root)
      await delay(everyMs)
    }
  })()

  return {
    looks: () => looks,
    async stop() {
      stopped = true
      await running
      return changes
    },
  }
}

/** The seq that `current` names; the release that it leads to has to be there and whole. */
async function readCurrent(root: string): Promise<Pick<Look, 'seq' | 'why'>> {
  const current = join(root, 'current')
  const target = await readlink(current).catch(() => null)
  if (target === null) return { seq: null, why: 'current is missing' }
  const seq = Number(/^releases\/(\d+)-/.exec(target)?.[1] ?? Number.NaN)
  const revision = await readRevision(join(root, target))
  return revision === '' ? { seq: null, why: `${target} is not whole` } : { seq, why: '' }
}

async function readRevision(folder: string): Promise<string> {
  return readFile(join(folder, 'REVISION'), 'utf8').catch(() => '')
}
