import { parentPort } from 'node:worker_threads'
import { type ManifestLines, readManifestLines } from '../../manifest/manifest-file.ts'
import { stampOf } from './known-manifest.ts'
import { letGoOfAll } from './let-go.ts'
import type { FromHelper, LinkStart, ToHelper } from './link-helper.ts'
import { linkPieces } from './link-plan.ts'
import { createPathRules } from './path-rules.ts'
import { openProver } from './previous-release.ts'
import { checkOf, packError } from './thread-protocol.ts'

/** Reads manifests, and takes pieces of plans of links that are of what it has read, until there are no more. */
function main(): void {
  const port = parentPort
  if (!port) throw new Error('This is the inside of a thread.')
  const say = (message: FromHelper) => port.postMessage(message)
  let known: { readonly stamp: string | null; readonly lines: ManifestLines | null } | null = null

  function take(message: ToHelper): void {
    if (message.kind === 'start') {
      link(message)
      return
    }
    const path = message.manifest
    known = path === null ? null : { stamp: stampOf(path), lines: readManifestLines(path) }
    if (!known) letGoOfAll()
  }

  /** Of another manifest than was read the plan is left alone: somebody else does all of it. */
  function link({ plan, stamp, previous, owner, folder, rules, flags }: LinkStart): void {
    const lines = known?.stamp === stamp ? known.lines : null
    if (!lines) return
    linkPieces({
      ...{
        plan,
        folder,
        rules: createPathRules(rules),
        entryAt: lines.at,
        check: checkOf(flags),
        onFile() {},
      },
      previous: openProver(previous, owner),
    })
  }

  port.on('message', (message: ToHelper) => {
    try {
      take(message)
      if (message.kind === 'start') say({ kind: 'done' })
    } catch (error) {
      // A manifest that could not be read is one that no plan is of.
      if (message.kind === 'start') say({ kind: 'failed', error: packError(error) })
    }
  })
}

main()
