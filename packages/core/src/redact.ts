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

/**
 * Whether one of many words is in a text, in one walk over it: almost every text holds none, and looking for each form of
 * each secret would cost more than all else about a line of a log.
 */
function createFinder(words: readonly string[]): (text: string) => boolean {
  const isBeginning = new Uint8Array(places)
  const byPlace = Map.groupBy(words, (word) =>
    placeOf(word.charCodeAt(0), word.charCodeAt(1), word.charCodeAt(2)),
  )
  for (const place of byPlace.keys()) isBeginning[place] = 1
  return (text) => {
    let [first, second] = [text.charCodeAt(0), text.charCodeAt(1)]
    for (let at = 0; at + shortestRedacted <= text.length; at += 1) {
      // Each letter is read once: this is done to every line of every log.
      const third = text.charCodeAt(at + 2)
      const place = placeOf(first, second, third)
      if (isBeginning[place] === 1 && byPlace.get(place)?.some((word) => text.startsWith(word, at)))
        return true
      first = second
      second = third
    }
    return false
  }
}

/** A number made of three letters; the same three have the same one. */
function placeOf(first: number, second: number, third: number): number {
  return (first * 961 + second * 31 + third) & (places - 1)
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
