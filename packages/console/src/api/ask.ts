import { Misfit, type Of, read, type Shape } from './shape.ts'

/** A question to the API. */
export interface Question<T> {
  /** With its parameters filled in. */
  readonly url: string
  /** @throws Misfit when it is none of its answers */
  readonly read: (body: unknown) => T
}

interface Route<S extends Shape> {
  /** Parameters as `{name}`. */
  readonly path: string
  readonly answer: S
}

/** Fills a route's parameters in; what is undefined is left out of the query. */
export function question<S extends Shape>(
  { path, answer }: Route<S>,
  params: Readonly<Record<string, string>> = {},
  query: Readonly<Record<string, string | undefined>> = {},
): Question<Of<S>> {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_whole, name: string) =>
    encodeURIComponent(params[name] ?? ''),
  )
  const asked = new URLSearchParams()
  for (const [key, value] of Object.entries(query)) if (value !== undefined) asked.set(key, value)
  return { url: asked.size === 0 ? filled : `${filled}?${asked}`, read: (body) => read(answer, body) }
}

/** Why there is no answer. */
export type Failure =
  /** The session has ended. */
  | { readonly kind: 'login' }
  | { readonly kind: 'refused'; readonly status: number; readonly code: string; readonly message: string }
  /** No word from ingest. */
  | { readonly kind: 'silent' }
  /** This page is not of the same version as what answers it. */
  | { readonly kind: 'misfit'; readonly place: string }

export type Answer<T> =
  | {
      readonly ok: true
      readonly data: T
      /** When it was answered, by the clock of ingest, which is the one that its times are of. */
      readonly at: number
    }
  | { readonly ok: false; readonly failure: Failure }

/** Longer than ingest takes before it gives up by itself. */
const deadline = 15_000

/** Asks once. Rejects only when the signal says so. */
export async function ask<T>(
  question: Question<T>,
  signal: AbortSignal,
  call: typeof fetch = fetch,
): Promise<Answer<T>> {
  try {
    const response = await call(question.url, {
      headers: { accept: 'application/json' },
      redirect: 'error',
      signal: AbortSignal.any([signal, AbortSignal.timeout(deadline)]),
    })
    if (response.status === 401) return failed({ kind: 'login' })
    const body: unknown = await response.json()
    if (!response.ok) return failed(refusalOf(response.status, body))
    return { ok: true, data: question.read(body), at: timeOf(response) }
  } catch (cause) {
    signal.throwIfAborted()
    return failed(cause instanceof Misfit ? { kind: 'misfit', place: cause.place } : { kind: 'silent' })
  }
}

function failed(failure: Failure): Answer<never> {
  return { ok: false, failure }
}

function refusalOf(status: number, body: unknown): Failure {
  const error = (body as { readonly error?: { readonly code?: unknown; readonly message?: unknown } } | null)
    ?.error
  return { kind: 'refused', status, code: String(error?.code ?? ''), message: String(error?.message ?? '') }
}

function timeOf({ headers }: Response): number {
  const at = Date.parse(headers.get('date') ?? '')
  return Number.isNaN(at) ? Date.now() : at
}
