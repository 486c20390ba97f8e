import type { PasswordCredentials } from '@slipway/core'

/** What a command printed, understood. */
export interface PrintedCredentials extends PasswordCredentials {
  /** Milliseconds since 1970; null when the output does not say it. */
  readonly expiresAt: number | null
}

/**
 * Reads what a credential command printed: JSON of our own form, of a Docker credential helper, or of
 * `aliyun cr GetAuthorizationToken`; where a user name is configured, also one line that is the password.
 * @returns a text when it is none of them: why, without anything of what was printed
 */
export function readCredentialOutput(
  text: string,
  { username, now }: { readonly username: string | undefined; readonly now: number },
): PrintedCredentials | string {
  const trimmed = text.trim()
  if (trimmed === '') return 'printed nothing'
  if (!trimmed.startsWith('{')) return readPassword(trimmed, username)
  const fields = readObject(trimmed)
  if (!fields) return 'printed something that is not JSON, though it begins like it'
  const found = readForms(fields, username, now)
  if (!found) return 'printed JSON that holds no user name and password of a known form'
  if (found.username === dockerTokenUser) return 'printed an identity token, which is for Docker itself'
  if (!isUsable(found.username) || !isUsable(found.password))
    return 'printed a user name or password that is empty or holds control characters'
  if (found.expiresAt !== null && !Number.isFinite(found.expiresAt))
    return 'printed a time of expiry that is none'
  if (found.expiresAt !== null && found.expiresAt <= now) return 'printed credentials that have run out'
  return found
}

type Fields = Readonly<Record<string, unknown>>

const dockerTokenUser = '<token>'
/** Whoever counts in seconds is below it until the year 5138, whoever counts in milliseconds above it since 1973. */
const firstMilliseconds = 1e11
const controlCharacter = /\p{Cc}/u

function readPassword(line: string, username: string | undefined): PrintedCredentials | string {
  if (username === undefined) return 'printed no JSON, and the entry names no `username` for a mere password'
  if (!isUsable(line)) return 'printed more than one line'
  return { username, password: line, expiresAt: null }
}

function readForms(fields: Fields, username: string | undefined, now: number): PrintedCredentials | null {
  const forms: readonly (readonly [user: unknown, password: unknown, expiresAt: number | null])[] = [
    [fields.username ?? username, fields.password, ownExpiry(fields, now)],
    [fields.Username, fields.Secret, null],
    [fields.TempUsername, fields.AuthorizationToken, readTime(fields.ExpireTime)],
  ]
  for (const [user, password, expiresAt] of forms)
    if (typeof user === 'string' && typeof password === 'string')
      return { username: user, password, expiresAt }
  return null
}

function ownExpiry({ expires_at: at, expires_in: seconds }: Fields, now: number): number | null {
  if (at !== undefined && at !== null) return readTime(at)
  if (seconds === undefined || seconds === null) return null
  return typeof seconds === 'number' ? now + seconds * 1_000 : Number.NaN
}

/** RFC 3339, or seconds or milliseconds since 1970; not a number when it is none of them. */
function readTime(value: unknown): number | null {
  if (value === undefined || value === null) return null
  const count = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value
  if (typeof count === 'number') return count < firstMilliseconds ? count * 1_000 : count
  return typeof value === 'string' ? Date.parse(value) : Number.NaN
}

function readObject(text: string): Fields | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : null
  } catch {
    return null
  }
}

function isUsable(text: string): boolean {
  return text !== '' && !controlCharacter.test(text)
}
