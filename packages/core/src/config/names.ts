import { z } from 'zod'

const namePattern = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/

/** Names of hooks, projects, hosts, credentials: they stand in URLs, queue names and container names. */
export const name = z.string().regex(namePattern, {
  error: 'use 1 to 63 lower-case letters, digits and "-", beginning and ending with a letter or digit',
})

/** True for what may be a hook's, a project's or a host's name; anything from outside is held against this first. */
export function isName(text: string): boolean {
  return namePattern.test(text)
}

/** An absolute path without `..`, `.` or doubled slashes, and not the root itself. */
export const absolutePath = z.string().refine(isCleanAbsolutePath, {
  error: 'write an absolute path without "..", "." or "//", and not "/" itself',
})

/** A path below some root: no leading slash, no `..`. */
export const relativePath = z.string().refine((text) => isCleanAbsolutePath(`/${text}`), {
  error: 'write a path below the source without a leading "/", "..", "." or "//"',
})

function isCleanAbsolutePath(text: string): boolean {
  if (!text.startsWith('/') || text === '/' || /\p{Cc}/u.test(text)) return false
  return text
    .slice(1)
    .split('/')
    .every((part) => part !== '' && part !== '.' && part !== '..')
}
