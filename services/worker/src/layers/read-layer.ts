import type { Source } from '@slipway/core'
import { SlipwayError } from '@slipway/core/errors'
import type { Header } from 'tar-stream'
import { insideTarget, requireFits, requireName } from '../adapters/entry-rules.ts'
import type { LayerItem, LayerItems, Staged } from './layer-index.ts'
import { Unfit } from './unfit.ts'

/** A file of the source whose content follows in the archive. */
export interface WantedFile {
  readonly path: string
  readonly size: number
}

export interface LayerReader {
  /** Null when the content of the entry is of no interest. @throws Unfit */
  read(header: Header): WantedFile | null
  /** Tells what the content of a file was. */
  keep(file: WantedFile, content: { readonly sha256: string } & Staged): void
  /** @throws Unfit */
  finish(): LayerItems
}

type Name = 'named' | 'implied' | 'other' | 'whiteout'
type File = Extract<LayerItem, { readonly kind: 'file' }>

const whiteoutPrefix = '.wh.'
const opaqueName = '.wh..wh..opq'
/** Fields of PAX headers that change nothing of an entry which matters here, or that the parser knows. */
const harmlessPax = /^(?:path|linkpath|[amc]time|uid|gid|uname|gname|SCHILY\..*|LIBARCHIVE\..*)$/

/**
 * Reads the entries of one layer in order, for what they say about the source. Where engines differ in what they make
 * of a layer, or where it says something odd, nothing is guessed.
 * @param sourcePath absolute
 */
export function createLayerReader(sourcePath: string, limits: Source['limits']): LayerReader {
  const source = sourcePath.replace(/^\/+/, '')
  const below = `${source}/`
  const names = new Map<string, Name>()
  const opaque = new Set<string>()
  const files = new Map<string, File>()
  const links = new Map<string, string>()
  let bytes = 0

  const isOnTheWay = (path: string) => path === source || below.startsWith(`${path}/`)
  const relative = (path: string) => (path.startsWith(below) ? path.slice(below.length) : '')

  const isNamedHere = (path: string) => names.get(path) === 'named'

  function imply(path: string): void {
    for (const parent of parentsOf(path)) {
      const name = names.get(parent)
      if (name === undefined) names.set(parent, 'implied')
      else if (name === 'other' || name === 'whiteout') throw odd(path, 'lies below what is no folder')
    }
  }

  function name(path: string, as: Name): void {
    imply(path)
    const before = names.get(path)
    const isFolderAgain = as === 'named' && (before === 'named' || before === 'implied')
    if (before !== undefined && !isFolderAgain) throw odd(path, 'is two things')
    names.set(path, as)
    if (names.size > limits.entries) throw new Unfit('a layer has too many entries')
  }

  function readWhiteout(path: string, type: Header['type']): void {
    const [parent, last] = split(path)
    if (type !== 'file') throw odd(path, 'is a whiteout and no file')
    if (last === opaqueName) {
      imply(path)
      opaque.add(parent)
      return
    }
    const hidden = last.slice(whiteoutPrefix.length)
    if (last.startsWith('.wh..wh.') || ['', '.', '..'].includes(hidden))
      throw odd(path, 'is an unknown whiteout')
    name(parent === '' ? hidden : `${parent}/${hidden}`, 'whiteout')
  }

  function readHardLink(path: string, header: Header): void {
    const target = normal(header.linkname ?? '')
    const file = files.get(relative(target))
    if (!path.startsWith(below)) {
      if (target.startsWith(below)) throw odd(path, 'is a hard link into the source')
      return
    }
    if (!target.startsWith(below) || !file?.sha256 || (header.size ?? 0) > 0)
      throw odd(path, 'is a hard link to what is no file of the source in this layer')
    // Both names are one file, and the last header sets its mode.
    if (modeOf(header) !== file.mode) throw odd(path, 'is a hard link with another mode')
    files.set(relative(path), { ...file, path: relative(path) })
  }

  function readEntry(path: string, header: Header): WantedFile | null {
    const isFolder = header.type === 'directory'
    if (!isFolder && isOnTheWay(path)) throw odd(path, 'is no folder, on the way to the source')
    name(path, isFolder ? 'named' : 'other')
    if (header.type === 'link') readHardLink(path, header)
    if (!path.startsWith(below)) return null
    const own = relative(path)
    requireName(own)
    requireFits(own, limits)
    if (isFolder || header.type === 'link') return null
    if (header.type === 'symlink') {
      links.set(own, insideTarget(own, header.linkname ?? ''))
      return null
    }
    if (header.type !== 'file' && header.type !== 'contiguous-file') throw odd(path, 'is no file')
    const size = header.size ?? 0
    bytes += size
    if (bytes > limits.bytes || size > limits.file) throw new Unfit('a layer has too many bytes')
    files.set(own, { kind: 'file', path: own, mode: modeOf(header), size, sha256: '' })
    return { path: own, size }
  }

  function taken(): LayerItem[] {
    for (const folder of opaque)
      if (folder !== '' && names.get(folder) !== 'named') throw odd(folder, 'is opaque without a name')
    const whiteouts = [...names].filter(([, as]) => as === 'whiteout').map(([path]) => path)
    const emptied = [...opaque].some((folder) => folder === '' || below.startsWith(`${folder}/`))
    return [
      ...(whiteouts.some(isOnTheWay) ? [{ kind: 'whiteout', path: '' } as const] : []),
      ...(emptied ? [names.has(source) ? opaqueSource : noSource] : []),
      ...[...opaque].flatMap((path) =>
        path.startsWith(below) ? [{ kind: 'opaque', path: relative(path) } as const] : [],
      ),
      ...whiteouts.flatMap((path) =>
        path.startsWith(below) ? [{ kind: 'whiteout', path: relative(path) } as const] : [],
      ),
    ]
  }

  function brought(): LayerItem[] {
    const items: LayerItem[] = [...files.values()]
    for (const [path, target] of links) items.push({ kind: 'link', path, target })
    for (const [path, as] of names) {
      if (as !== 'named' && as !== 'implied') continue
      const isNamed = as === 'named' && (path !== source || parentsOf(source).every(isNamedHere))
      if (path === source || path.startsWith(below))
        items.push({ kind: 'folder', path: relative(path), isNamed })
      // What is below a link of a lower layer may lie in the source, for some engines.
      else if (as === 'implied' && !isOnTheWay(path)) throw odd(path, 'has no entry of its own')
    }
    return items.toSorted((one, other) => (one.path < other.path ? -1 : 1))
  }

  return {
    read: (header) =>
      asUnfit(() => {
        for (const key of Object.keys(header.pax ?? {}))
          if (!harmlessPax.test(key)) throw odd(header.name, 'has a header that is not understood')
        if (header.type === 'file' && header.name.endsWith('/')) throw odd(header.name, 'is two things')
        const path = normal(header.name)
        if (path === '') {
          if (header.type !== 'directory') throw odd(path, 'is no folder')
          return null
        }
        if (parentsOf(path).some((parent) => split(parent)[1].startsWith(whiteoutPrefix)))
          throw odd(path, 'lies in a whiteout')
        if (!split(path)[1].startsWith(whiteoutPrefix)) return readEntry(path, header)
        readWhiteout(path, header.type)
        return null
      }),
    keep(file, content) {
      const known = files.get(file.path)
      if (known) files.set(file.path, { ...known, ...content })
    },
    finish: () => [...taken(), ...brought()],
  }
}

const opaqueSource = { kind: 'opaque', path: '' } as const
const noSource = { kind: 'whiteout', path: '' } as const

function modeOf(header: Header): 0o644 | 0o755 {
  return (header.mode ?? 0) & 0o111 ? 0o755 : 0o644
}

/** A name of a layer from the root of its file system, without what engines do not see in it. */
function normal(name: string): string {
  const parts = name.split('/').filter((part) => part !== '' && part !== '.')
  if (parts.includes('..')) throw odd(name, 'climbs')
  return parts.join('/')
}

function split(path: string): [parent: string, last: string] {
  const slash = path.lastIndexOf('/')
  return slash < 0 ? ['', path] : [path.slice(0, slash), path.slice(slash + 1)]
}

function parentsOf(path: string): string[] {
  const parents: string[] = []
  for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) parents.push(path.slice(0, at))
  return parents
}

function odd(path: string, why: string): Unfit {
  return new Unfit(`the entry ${JSON.stringify(path.slice(0, 255))} of a layer ${why}`)
}

/** What a release would be refused for is for the other way to refuse: a layer above may have taken it away. */
function asUnfit<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof SlipwayError) throw new Unfit(error.message, { cause: error })
    throw error
  }
}
