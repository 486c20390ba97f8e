import type { ErrorCode } from '@slipway/core'
import { SlipwayError } from '@slipway/core/errors'

/** A manifest that a job will probably ask for, to be read before it comes. */
export interface ThreadAhead {
  readonly kind: 'ahead'
  readonly manifest: string
}

/** The job of the thread. */
export interface ThreadStart {
  readonly kind: 'start'
  readonly job: string
  readonly input: unknown
  /** See `flag`. */
  readonly flags: Int32Array<SharedArrayBuffer>
  /** True when each file is to be reported, and the answer to be waited for. */
  readonly reportsFiles: boolean
}

/** Places in the shared memory of a job. */
export const flag = { abort: 0, answered: 1 } as const

/** Throws when a job was told to stop. */
export function checkOf(flags: ThreadStart['flags']): () => void {
  return () => {
    if (Atomics.load(flags, flag.abort) !== 0) throw new Error('The job was told to stop.')
  }
}

/** Why a stream broke off. All else of it goes through its ring. */
export interface ToThread {
  readonly kind: 'broken'
  readonly stream: number
  readonly error: CarriedError
}

export type FromThread =
  /** This stream is wanted, through this ring. */
  | { readonly kind: 'open'; readonly stream: number; readonly memory: SharedArrayBuffer }
  /** There is room in its ring again. */
  | { readonly kind: 'room'; readonly stream: number }
  /** No more of it is wanted. */
  | { readonly kind: 'close'; readonly stream: number }
  | { readonly kind: 'file' }
  | { readonly kind: 'done'; readonly result: unknown }
  | { readonly kind: 'failed'; readonly error: CarriedError }

/** An error on its way between threads: ours with their code, those of the system with what they were about. */
export interface CarriedError {
  readonly message: string
  readonly slipway?: ErrorCode
  readonly details?: SlipwayError['details']
  readonly facts?: Readonly<Record<string, string | number>>
  readonly cause?: CarriedError
}

const carriedFacts = ['code', 'errno', 'syscall', 'path', 'dest'] as const

export function packError(error: unknown): CarriedError {
  if (!(error instanceof Error)) return { message: String(error) }
  const cause = error.cause === undefined ? {} : { cause: packError(error.cause) }
  if (error instanceof SlipwayError)
    return { message: error.message, slipway: error.code, details: error.details, ...cause }
  const own = error as unknown as Readonly<Record<string, unknown>>
  const facts: Record<string, string | number> = {}
  for (const name of carriedFacts) {
    const value = own[name]
    if (typeof value === 'string' || typeof value === 'number') facts[name] = value
  }
  return { message: error.message, facts, ...cause }
}

export function unpackError({ message, slipway, details, facts, cause }: CarriedError): Error {
  const inner = cause && { cause: unpackError(cause) }
  if (slipway) return new SlipwayError(slipway, message, { ...(details && { details }), ...inner })
  return Object.assign(new Error(message, inner), facts)
}
