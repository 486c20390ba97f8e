import type { JsonObject } from './sources/source.ts'

export type ReadJson =
  | { readonly ok: true; readonly value: JsonObject }
  | { readonly ok: false; readonly why: string }

/** Deeper than any sender goes, and shallow enough for whatever walks the value later. */
const deepest = 16

/** Bytes to a JSON object, strictly: UTF-8 without a mark at its beginning, not deep, no key that could poison a copy. */
export function readJson(bytes: Uint8Array): ReadJson {
  if (bytes.length === 0) return refuse('the body is empty')
  const text = decode(bytes)
  if (text === null) return refuse('the body is not UTF-8')
  if (text.startsWith('\uFEFF')) return refuse('the body begins with a byte order mark')
  const parsed = parse(text)
  if (!parsed.ok) return refuse('the body is not JSON')
  if (!isObject(parsed.value)) return refuse('the body is not a JSON object')
  const why = inspect(parsed.value)
  return why ? refuse(why) : { ok: true, value: parsed.value }
}

function decode(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return null
  }
}

function parse(text: string): { ok: true; value: unknown } | { ok: false } {
  try {
    return { ok: true, value: JSON.parse(text) }
  } catch {
    return { ok: false }
  }
}

// Without recursion: a megabyte of brackets must not end the stack.
function inspect(root: JsonObject): string | null {
  let level: object[] = [root]
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > deepest) return `the body is nested deeper than ${deepest} levels`
    if (level.some(isPoisonous)) return 'the body holds a key that no sender uses'
    level = level.flatMap((value) => Object.values(value).filter(isContainer))
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

function refuse(why: string): ReadJson {
  return { ok: false, why }
}
