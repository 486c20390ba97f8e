/** Puts a mark in the place of every known secret. */
export type Redact = (text: string) => string

const mark = '[redacted]'
// Shorter values stand in ordinary text by chance, and marking those would hide more than it protects.
const shortestRedacted = 6

/**
 * Redacts by value: whatever path a secret takes into a text, it does not come out. Also finds the forms that a secret
 * takes in URLs, in JSON and in Basic authentication.
 */
export function createRedactor(secrets: readonly string[]): Redact {
  const forms = new Set(secrets.filter((secret) => secret.length >= shortestRedacted).flatMap(formsOf))
  // Longest first: a secret that contains another one must not leave its rest behind.
  const ordered = [...forms].toSorted((a, b) => b.length - a.length)
  return (text) => ordered.reduce((result, form) => result.replaceAll(form, mark), text)
}

function formsOf(secret: string): string[] {
  return [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1), btoaUtf8(secret)]
}

function btoaUtf8(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)))
}
