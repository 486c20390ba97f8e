import { Worker } from 'node:worker_threads'
import type { ManifestText } from '../../manifest/manifest-lines.ts'
import type { LinkPlan } from './link-plan.ts'
import type { PathLists } from './path-rules.ts'
import type { Owner } from './previous-release.ts'
import { type CarriedError, unpackError } from './thread-protocol.ts'

/** What a helper is to do. */
export interface LinkOrder {
  readonly plan: LinkPlan
  /** The manifest that the plan is of. */
  readonly manifest: ManifestText
  /** Folder of the release before, and whose its files must be. */
  readonly previous: string
  readonly owner: Owner
  /** Folder of the next release, and what its paths are. */
  readonly folder: string
  readonly rules: PathLists
}

export interface LinkStart extends LinkOrder {
  /** Of the job; see `flag`. */
  readonly flags: Int32Array<SharedArrayBuffer>
}

export type FromHelper = { readonly kind: 'done' } | { readonly kind: 'failed'; readonly error: CarriedError }

/** A second thread, which takes pieces of plans of links. */
export interface LinkHelper {
  /** Settles when it takes no more pieces of the plan. @throws what it met; an error that says so when it died */
  help(start: LinkStart): Promise<void>
  /** Waits until it is at no plan any more; false when it is of no use any more. */
  rests(): Promise<boolean>
  /** Ends it. */
  close(): Promise<void>
}

/** Megabytes, for a manifest of half a million files. */
const memory = { maxOldGenerationSizeMb: 512, maxYoungGenerationSizeMb: 4 }

export function startLinkHelper(): LinkHelper {
  const thread = new Worker(new URL('./link-thread.ts', import.meta.url), {
    execArgv: [],
    resourceLimits: memory,
  })
  let isDead = false
  let order: PromiseWithResolvers<void> | null = null
  function die(error: Error): void {
    isDead = true
    order?.reject(error)
  }

  thread.on('message', (message: FromHelper) => {
    if (message.kind === 'done') order?.resolve()
    else order?.reject(unpackError(message.error))
    order = null
  })
  thread.on('error', die)
  thread.on('exit', () => die(new Error('The thread that helps with links ended early.')))
  return {
    help(start) {
      order = Promise.withResolvers()
      const { promise } = order
      if (isDead) die(new Error('The thread that helps with links has died.'))
      else thread.postMessage(start)
      return promise
    },
    async rests() {
      await order?.promise.catch(() => {})
      return !isDead
    },
    async close() {
      await thread.terminate()
    },
  }
}
