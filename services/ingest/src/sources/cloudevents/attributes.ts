import { CloudEvent } from 'cloudevents'
import type { CallHeaders } from '../source.ts'
import { type Attributes, attributes } from './schema.ts'

/**
 * What the specification demands of every event; null when it is not there. The library only judges: its own reader
 * makes up an id and a time where they are missing, decodes no percent signs and throws in many ways.
 */
export function readAttributes(from: unknown): Attributes | null {
  const read = attributes.safeParse(from)
  if (!read.success) return null
  const { time: _unjudged, ...needed } = read.data
  try {
    new CloudEvent(needed)
    return read.data
  } catch {
    return null
  }
}

const names = ['specversion', 'id', 'source', 'type', 'time'] as const

/** True when attributes stand in the headers (binary mode). */
export function hasAttributes(headers: CallHeaders): boolean {
  return names.some((name) => headers[`ce-${name}`] !== undefined)
}

/** The attributes of binary mode; null when one of them cannot be decoded. */
export function attributesOf(headers: CallHeaders): Record<string, string> | null {
  const found: Record<string, string> = {}
  for (const name of names) {
    const value = headers[`ce-${name}`]
    if (value === undefined) continue
    const decoded = decode(value)
    if (decoded === null) return null
    found[name] = decoded
  }
  return found
}

/** Quoted strings first, which older senders use, then one round of percent signs; bytes that are not UTF-8 are none. */
function decode(value: string): string | null {
  const quoted = /^\s*"((?:[^"\\]|\\.)*)"\s*$/.exec(value)?.[1]
  try {
    return decodeURIComponent(quoted === undefined ? value.trim() : quoted.replace(/\\(.)/g, '$1'))
  } catch {
    return null
  }
}
