import type { JsonObject } from './sources/source.ts'

/** A body that a source can be given. */
type JsonBody = JsonObject | readonly unknown[]

export type ReadJson<T = JsonObject> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly why: string }

/** Deeper than any sender goes, and shallow enough for whatever walks the value later. */
const deepest = 16

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Bytes to a JSON object, strictly: UTF-8 without a mark at its beginning, not deep, no key that could poison a copy. */
export function readJson(bytes: Uint8Array): ReadJson {
  const read = readBody(bytes)
  if (!read.ok) return read
  return isObject(read.value) ? { ok: true, value: read.value } : refuse('the body is not a JSON object')
}

/** The same, for a source that sends lists too. */
export function readJsonOrList(bytes: Uint8Array): ReadJson<JsonBody> {
  return readBody(bytes)
}

function readBody(bytes: Uint8Array): ReadJson<JsonBody> {
  if (bytes.length === 0) return refuse('the body is empty')
  const text = decode(bytes)
  if (text === null) return refuse('the body is not UTF-8')
  if (text.startsWith('\uFEFF')) return refuse('the body begins with a byte order mark')
  const value = parse(text)
  if (value === undefined) return refuse('the body is not JSON')
  if (!isObject(value) && !Array.isArray(value)) return refuse('the body is not a JSON object')
  const why = inspect(value)
  return why ? refuse(why) : { ok: true, value }
}

function decode(bytes: Uint8Array): string | null {
  try {
    return decoder.decode(bytes)
  } catch {
    return null
  }
}

// There is no JSON that means undefined.
function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

// Without recursion: a megabyte of brackets must not end the stack.
function inspect(root: object): string | null {
  let level: object[] = [root]
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > deepest) return `the body is nested deeper than ${deepest} levels`
    const next: object[] = []
    for (const value of level) {
      if (isPoisonous(value)) return 'the body holds a key that no sender uses'
      for (const inner of Object.values(value)) {
        if (isContainer(inner)) next.push(inner)
        else if (inner === Infinity || inner === -Infinity) return 'the body holds a number beyond all bounds'
      }
    }
    level = next
  }
  return null
}

function isPoisonous(value: object): boolean {
  if (Array.isArray(value)) return false
  if (Object.hasOwn(value, '__proto__')) return true
  if (!Object.hasOwn(value, 'constructor')) return false
  const inner: unknown = value.constructor
  return isContainer(inner) && Object.hasOwn(inner, 'prototype')
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function isObject(value: unknown): value is JsonObject {
  return isContainer(value) && !Array.isArray(value)
}

function refuse(why: string): { readonly ok: false; readonly why: string } {
  return { ok: false, why }
}
