import { mkdir, readdir, readFile, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type CurrentReport,
  type Sampler,
  type SiteServer,
  startSiteServer,
  watchCurrent,
} from '@slipway/lab'

/** One project on one host. */
export interface FaultSite {
  readonly project: string
  readonly host: string
  readonly root: string
  readonly server: SiteServer
}

/** What the disk says is live. */
export interface Current {
  /** Name of the release. */
  readonly release: string
  readonly version: string
}

/** What slipway's own state says is live. */
export interface Deployed {
  readonly name: string
  readonly digest: string
  readonly seq: number
}

/** The release roots as their visitors and their owner see them. The host defaults to the first. */
export interface FaultSites {
  readonly all: readonly FaultSite[]
  root(project: string, host?: string): string
  site(project: string, host?: string): SiteServer
  /** Null when nothing is live. */
  current(project: string, host?: string): Promise<Current | null>
  /** Null when nothing is live. */
  deployed(project: string, host?: string): Promise<Deployed | null>
  /** Names of the complete releases, the oldest first. */
  releases(project: string, host?: string): Promise<string[]>
  /** Paths of unfinished work, relative to the root: half releases, links, records. */
  tmpLeftovers(project: string, host?: string): Promise<string[]>
  /** Names of the files, of any depth, of releases that are being copied. */
  copyingFiles(project: string, host?: string): Promise<string[]>
  /** Looks at the live release about every millisecond. Start it when one is live. */
  watch(project: string, host?: string): Promise<Sampler<CurrentReport>>
}

export interface FaultSitesOptions {
  readonly projects: readonly string[]
  readonly hosts: readonly string[]
  readonly rootOf: (project: string, host: string) => string
  readonly onClose: (close: () => Promise<unknown>) => void
}

/** Makes the roots and starts a site for each. */
export async function openFaultSites(options: FaultSitesOptions): Promise<FaultSites> {
  const { projects, hosts, rootOf, onClose } = options
  const all: FaultSite[] = []
  for (const host of hosts) {
    for (const project of projects) {
      const root = rootOf(project, host)
      await mkdir(root, { recursive: true })
      const server = await startSiteServer({ root })
      onClose(server.stop)
      all.push({ project, host, root, server })
    }
  }

  function find(project: string, host = hosts[0]): FaultSite {
    const found = all.find((one) => one.project === project && one.host === host)
    if (!found) throw new Error(`there is no project ${project} on ${host}`)
    return found
  }
  const root = (project: string, host?: string) => find(project, host).root

  return {
    all,
    root,
    site: (project, host) => find(project, host).server,
    async current(project, host) {
      const folder = root(project, host)
      const target = await readlink(join(folder, 'current')).catch(() => null)
      if (target === null) return null
      const version = await readFile(join(folder, target, 'REVISION'), 'utf8')
      return { release: target.replace('releases/', ''), version: version.trim() }
    },
    async deployed(project, host) {
      const file = join(root(project, host), '.slipway', 'state.json')
      const state = JSON.parse(await readFile(file, 'utf8').catch(() => '{}'))
      return state.live ?? null
    },
    async releases(project, host) {
      const names = await namesIn(join(root(project, host), 'releases'))
      return names.filter((name) => !name.startsWith('.')).toSorted(bySeq)
    },
    async tmpLeftovers(project, host) {
      const folders = ['.', 'releases', '.slipway', '.slipway/releases']
      const found = await Promise.all(
        folders.map(async (folder) => {
          const names = await namesIn(join(root(project, host), folder))
          return names.filter((name) => name.startsWith('.tmp-')).map((name) => join(folder, name))
        }),
      )
      return found.flat()
    },
    async copyingFiles(project, host) {
      const folder = join(root(project, host), 'releases')
      const found = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
      return found.filter((one) => one.isFile() && one.parentPath.includes('/.tmp-')).map(({ name }) => name)
    },
    watch: (project, host) => watchCurrent(root(project, host)),
  }
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => [])
}

function bySeq(a: string, b: string): number {
  return Number.parseInt(a, 10) - Number.parseInt(b, 10)
}
