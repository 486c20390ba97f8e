/** Puts a mark in the place of every known secret. */
export type Redact = (text: string) => string

const mark = '[redacted]'
// Shorter values stand in ordinary text by chance, and marking those would hide more than it protects.
const shortestRedacted = 6

/**
 * Redacts by value: whatever path a secret takes into a text, it does not come out. Also finds the forms that a secret
 * takes in URLs, in JSON, in Basic authentication and in any other base64.
 */
export function createRedactor(secrets: readonly string[]): Redact {
  const forms = new Set(secrets.filter((secret) => secret.length >= shortestRedacted).flatMap(formsOf))
  // Longest first: a secret that contains another one must not leave its rest behind.
  const ordered = [...forms].toSorted((a, b) => b.length - a.length)
  const holdsOne = createFinder(ordered)
  return (text) =>
    holdsOne(text) ? ordered.reduce((result, form) => result.replaceAll(form, mark), text) : text
}

const places = 2 ** 16
/** Three letters at one of so many places that follow each other stand within any word. */
const stride = shortestRedacted - 2

/**
 * Whether one of many words is in a text, in one walk over it: almost every text holds none, and looking for each form of
 * each secret would cost more than all else about a line of a log.
 */
function createFinder(words: readonly string[]): (text: string) => boolean {
  const isPart = new Uint8Array(places)
  const parts = words.flatMap((word) => Array.from({ length: stride }, (_, offset) => ({ word, offset })))
  const byPlace = Map.groupBy(parts, ({ word, offset }) => placeOf(word, offset))
  for (const place of byPlace.keys()) isPart[place] = 1
  return (text) => {
    // Not each letter is looked at: this is done to every line of every log.
    for (let at = 0; at + 2 < text.length; at += stride) {
      const place = placeOf(text, at)
      if (isPart[place] !== 1) continue
      if (byPlace.get(place)?.some(({ word, offset }) => text.startsWith(word, at - offset))) return true
    }
    return false
  }
}

/** A number made of three letters; the same three have the same one. */
function placeOf(text: string, at: number): number {
  return (text.charCodeAt(at) * 961 + text.charCodeAt(at + 1) * 31 + text.charCodeAt(at + 2)) & (places - 1)
}

/**
 * The same for secrets that become known while the program runs: `secrets` is asked at each text, and what it gives is
 * taken for the same list as before as long as it is the same array.
 */
export function createLiveRedactor(secrets: () => readonly string[]): Redact {
  let known = secrets()
  let redact = createRedactor(known)
  return (text) => {
    const now = secrets()
    if (now !== known) {
      known = now
      redact = createRedactor(now)
    }
    return redact(text)
  }
}

function formsOf(secret: string): string[] {
  const escaped = JSON.stringify(secret).slice(1, -1)
  const encoded = [secret, escaped].flatMap(base64Forms)
  return [secret, encodeURIComponent(secret), escaped, ...encoded]
}

// In Basic authentication and in the header for the engine a secret is encoded together with what stands before it, so
// its letters depend on where it begins, in three ways; those that it shares with its neighbours are left out.
function base64Forms(secret: string): string[] {
  const bytes = String.fromCharCode(...new TextEncoder().encode(secret))
  const inner = [0, 1, 2].map((offset) =>
    btoa('\0'.repeat(offset) + bytes).slice(
      Math.ceil((offset * 4) / 3),
      Math.floor(((offset + bytes.length) * 4) / 3),
    ),
  )
  const forms = [btoa(bytes), ...inner]
  return [...forms, ...forms.map((form) => form.replaceAll('+', '-').replaceAll('/', '_'))]
}
