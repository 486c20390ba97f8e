/**
 * What an answer looks like, as far as the console reads it. Written as data, so that an answer is held against it at
 * run time (a page that stays open may be older than the ingest that answers it), and the API's own document in a test.
 */
export type Shape =
  | { readonly kind: 'text' }
  | { readonly kind: 'number' }
  | { readonly kind: 'flag' }
  /** Or null. */
  | { readonly kind: 'maybe'; readonly of: Shape }
  /** Or not there at all. */
  | { readonly kind: 'optional'; readonly of: Shape }
  | { readonly kind: 'list'; readonly of: Shape }
  /** An object whose fields are all alike. */
  | { readonly kind: 'map'; readonly of: Shape }
  | { readonly kind: 'object'; readonly fields: Readonly<Record<string, Shape>> }

/** The type of what has a shape. */
export type Of<S> = S extends { readonly kind: 'text' }
  ? string
  : S extends { readonly kind: 'number' }
    ? number
    : S extends { readonly kind: 'flag' }
      ? boolean
      : S extends { readonly kind: 'maybe'; readonly of: infer T }
        ? Of<T> | null
        : S extends { readonly kind: 'optional'; readonly of: infer T }
          ? Of<T> | undefined
          : S extends { readonly kind: 'list'; readonly of: infer T }
            ? readonly Of<T>[]
            : S extends { readonly kind: 'map'; readonly of: infer T }
              ? Readonly<Record<string, Of<T>>>
              : S extends { readonly kind: 'object'; readonly fields: infer F }
                ? { readonly [K in keyof F]: Of<F[K]> }
                : never

export const text = { kind: 'text' } as const
export const number = { kind: 'number' } as const
export const flag = { kind: 'flag' } as const

export function maybe<S extends Shape>(of: S) {
  return { kind: 'maybe', of } as const
}

export function optional<S extends Shape>(of: S) {
  return { kind: 'optional', of } as const
}

export function list<S extends Shape>(of: S) {
  return { kind: 'list', of } as const
}

export function map<S extends Shape>(of: S) {
  return { kind: 'map', of } as const
}

export function object<const F extends Readonly<Record<string, Shape>>>(fields: F) {
  return { kind: 'object', fields } as const
}

/** Where a value does not have a shape, such as `projects.3.window`; null when it has it. */
export function misfit(shape: Shape, value: unknown, place = 'answer'): string | null {
  switch (shape.kind) {
    case 'text':
      return typeof value === 'string' ? null : place
    case 'number':
      return typeof value === 'number' ? null : place
    case 'flag':
      return typeof value === 'boolean' ? null : place
    case 'maybe':
      return value === null ? null : misfit(shape.of, value, place)
    case 'optional':
      return value === undefined ? null : misfit(shape.of, value, place)
    case 'list':
      return Array.isArray(value) ? firstMisfit(value.entries(), () => shape.of, place) : place
    case 'map':
      return isObject(value) ? firstMisfit(Object.entries(value), () => shape.of, place) : place
    case 'object':
      return isObject(value)
        ? firstMisfit(
            Object.keys(shape.fields).map((key) => [key, value[key]]),
            (key) => shape.fields[key] ?? text,
            place,
          )
        : place
  }
}

/** @throws Misfit when the value does not have the shape */
export function read<S extends Shape>(shape: S, value: unknown): Of<S> {
  const place = misfit(shape, value)
  if (place !== null) throw new Misfit(place)
  return value as Of<S>
}

/** An answer that this console does not understand. */
export class Misfit extends Error {
  readonly place: string

  constructor(place: string) {
    super(`the answer is not understood at ${place}`)
    this.place = place
  }
}

function firstMisfit(
  entries: Iterable<readonly [string | number, unknown]>,
  shapeOf: (key: string | number) => Shape,
  place: string,
): string | null {
  for (const [key, value] of entries) {
    const found = misfit(shapeOf(key), value, `${place}.${key}`)
    if (found !== null) return found
  }
  return null
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
