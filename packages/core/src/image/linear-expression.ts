import { RE2JS } from 're2js'

/** A regular expression whose matching takes time in proportion to the text, whatever it is and whatever the text. */
export interface LinearExpression {
  /** True when it fits the whole text. */
  matches(text: string): boolean
}

const mostCharacters = 512
/** Each character of a text is set against each of these, so together with the length of a tag this is the cost. */
const mostInstructions = 1_000

/** The expression, in the syntax of RE2, or in words why it cannot be one. */
export function compileLinear(source: string): LinearExpression | string {
  if (source.length > mostCharacters) return `it is longer than ${mostCharacters} characters`
  try {
    const compiled = RE2JS.compile(source)
    if (compiled.programSize() > mostInstructions) return 'its repetitions make it too large'
    return { matches: (text) => compiled.testExact(text) }
  } catch (error) {
    return reasonOf(error)
  }
}

// Such patterns work elsewhere, so it is said that they never will here.
const beyondLinear = /`\(\?<?[=!]|escape sequence: `\\[1-9k]/

function reasonOf(error: unknown): string {
  const said =
    error instanceof Error ? error.message.replace(/^error parsing regexp: /, '') : 'it cannot be read'
  return beyondLinear.test(said) ? `${said} (what looks around or back is not known here)` : said
}
