import { type BigIntStats, linkSync, lstatSync, rmSync } from 'node:fs'
import { type FileOnDisk, isSameButForLinks, type Prover } from './previous-release.ts'

/** A link could not be made, and a copy can: too many links, another file system, a kernel that protects them. */
const noLinkCodes = new Set([
  'EMLINK',
  'EXDEV',
  'EPERM',
  'EACCES',
  'ENOENT',
  'EOPNOTSUPP',
  'ELOOP',
  'ENOTDIR',
])

/**
 * Gives a file of the release before one more name, when it is proven to be what its entry says. What it is then, or null
 * when it could not be taken over; then nothing is there. Synchronous.
 * @param as where nothing is
 * @throws errors of the disk that a copy would meet too
 */
export function linkProven(previous: Prover, entry: FileOnDisk, as: string): BigIntStats | null {
  const proof = previous.prove(entry)
  if (!proof) return null
  try {
    linkSync(previous.placeOf(entry.path), as)
  } catch (error) {
    if (error instanceof Error && 'code' in error && noLinkCodes.has(String(error.code))) return null
    throw error
  }
  const facts = lstatSync(as, { bigint: true })
  if (isSameButForLinks(facts, proof)) return facts
  rmSync(as)
  return null
}
