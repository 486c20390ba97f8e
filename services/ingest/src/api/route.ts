import type { z } from 'zod'
import type { Identity } from '../ops/access.ts'
import type { Operations } from '../ops/operations.ts'

/** What a handler of the API has. */
export interface ApiCall<P, Q, B> {
  readonly operations: Operations
  readonly now: number
  readonly who: Identity
  readonly params: P
  readonly query: Q
  readonly body: B
  /** Adds to the line of the request in the log. */
  readonly note: (facts: ApiFacts) => void
}

export interface ApiFacts {
  readonly outcome?: string
  readonly project?: string
  readonly deployments?: readonly string[]
}

export interface ApiAnswer {
  readonly status: number
  readonly body: unknown
}

/** What a handler answers with; the status stays the number that it is, so that it can be held against the schemas. */
export function answer<const S extends number, const B>(status: S, body: B): { status: S; body: B } {
  return { status, body }
}

/** One route: what is served and what the OpenAPI document says of it come from here. */
export interface ApiRoute {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE'
  /** Below the root of the API, parameters as `{name}`. */
  readonly path: string
  readonly name: string
  readonly summary: string
  readonly params: z.ZodObject
  readonly query: z.ZodObject
  /** Null for a route that takes none. */
  readonly body: z.ZodType | null
  /** What it answers with when all is well, by status; named schemas. */
  readonly answers: Readonly<Record<number, z.ZodType>>
  /** How it may be refused, beside what every route has. */
  readonly refusals: readonly number[]
  readonly run: (call: ApiCall<unknown, unknown, unknown>) => Promise<ApiAnswer>
}

interface TypedRoute<
  P extends z.ZodObject,
  Q extends z.ZodObject,
  B extends z.ZodType | null,
  A extends Readonly<Record<number, z.ZodType>>,
> extends Omit<ApiRoute, 'params' | 'query' | 'body' | 'answers' | 'run'> {
  readonly params: P
  readonly query: Q
  readonly body: B
  readonly answers: A
  readonly run: (
    call: ApiCall<z.output<P>, z.output<Q>, B extends z.ZodType ? z.output<B> : null>,
  ) => Promise<Answers<A>>
}

type Answers<A> = {
  [S in keyof A & number]: { readonly status: S; readonly body: ReadonlyDeep<InputOf<A[S]>> }
}[keyof A & number]

type InputOf<T> = T extends z.ZodType ? z.input<T> : never
type ReadonlyDeep<T> = T extends readonly (infer E)[]
  ? readonly ReadonlyDeep<E>[]
  : T extends object
    ? { readonly [K in keyof T]: ReadonlyDeep<T[K]> }
    : T

/** Keeps a route's handler to its schemas: what it is given and what it answers with. */
export function route<
  P extends z.ZodObject,
  Q extends z.ZodObject,
  B extends z.ZodType | null,
  A extends Readonly<Record<number, z.ZodType>>,
>(typed: TypedRoute<P, Q, B, A>): ApiRoute {
  // The register checks params, query and body with these very schemas before it calls.
  return typed as unknown as ApiRoute
}
