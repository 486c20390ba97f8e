import type { ManifestEntry } from '../../manifest/manifest.ts'
import { createFolders } from './folders.ts'
import { linkProven } from './link-proven.ts'
import type { PathRules } from './path-rules.ts'
import type { Prover } from './previous-release.ts'

/**
 * Files of the release before that get a name in the next one. Several threads take pieces of it, each as many as it can,
 * and they may begin before it is known which files are wanted. All of it lies in memory that they share.
 */
export interface LinkPlan {
  /** By the place of a file in its manifest: 1 for one that need not be linked any more. */
  readonly unwanted: Uint8Array<SharedArrayBuffer>
  /** What became of each: the time of its last change in nanoseconds since 1970, or 0 when it was not linked. */
  readonly changedAt: BigInt64Array<SharedArrayBuffer>
  /** See `count`. */
  readonly counts: Int32Array<SharedArrayBuffer>
}

/** Places in the counts of a plan: pieces that were taken, from which end, and those that are done. */
const count = { taken: 0, first: 1, last: 2, done: 3 } as const
/** Entries in a piece: enough for the taking to cost nothing, few enough for all threads to end at one time. */
const pieceLength = 64

/** @param entries of the manifest */
export function createLinkPlan(entries: number): LinkPlan {
  const shared = (each: number, length: number) => new SharedArrayBuffer(each * length)
  return {
    unwanted: new Uint8Array(shared(Uint8Array.BYTES_PER_ELEMENT, entries)),
    changedAt: new BigInt64Array(shared(BigInt64Array.BYTES_PER_ELEMENT, entries)),
    counts: new Int32Array(shared(Int32Array.BYTES_PER_ELEMENT, Object.keys(count).length)),
  }
}

export interface LinkWork {
  /** Where pieces are taken from: threads that work in one folder wait for each other. */
  readonly end: 'first' | 'last'
  readonly plan: LinkPlan
  /** What the manifest has from one place up to another. */
  readonly entriesFrom: (from: number, to: number) => readonly ManifestEntry[]
  readonly previous: Prover
  /** Of the next release: only those that are its own are linked. */
  readonly rules: PathRules
  readonly folder: string
  /** Throws when the work is to stop. */
  readonly check: () => void
  readonly onFile: () => void
}

/** Links pieces until none is left. Others may still be at theirs then. */
export function linkPieces(work: LinkWork): void {
  const link = openLinking(work)
  while (link());
}

/** Takes a piece and links it, with the folders that it needs; false when none is left. To be called again and again. */
export function openLinking(work: LinkWork): () => boolean {
  const { end, plan, entriesFrom, previous, rules, folder, check, onFile } = work
  const { unwanted, changedAt, counts } = plan
  const folders = createFolders(folder)
  const pieces = piecesOf(plan)
  return () => {
    if (Atomics.add(counts, count.taken, 1) >= pieces) return false
    const taken = Atomics.add(counts, count[end], 1)
    const from = (end === 'first' ? taken : pieces - 1 - taken) * pieceLength
    check()
    const piece = entriesFrom(from, Math.min(from + pieceLength, unwanted.length))
    for (const [at, entry] of piece.entries()) {
      const place = from + at
      if (unwanted[place] === 1) continue
      if (entry.kind !== 'file' || rules.kindOf(entry.path) !== 'own') continue
      check()
      onFile()
      folders.makeFor(entry.path)
      changedAt[place] = linkProven(previous, entry, `${folder}/${entry.path}`)?.ctimeNs ?? 0n
    }
    Atomics.add(counts, count.done, 1)
    return true
  }
}

/** True when no piece is left, and nobody is at one any more. */
export function isDone(plan: LinkPlan): boolean {
  return Atomics.load(plan.counts, count.done) === piecesOf(plan)
}

function piecesOf({ unwanted }: LinkPlan): number {
  return Math.ceil(unwanted.length / pieceLength)
}
