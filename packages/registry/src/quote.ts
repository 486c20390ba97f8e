/** Foreign text as it may stand in a message: one line, no control characters, at most 200 characters. */
export function quote(text: string): string {
  const line = text.replaceAll(/[\p{C}\s]+/gu, ' ').trim()
  return line.length > longestQuote ? `${line.slice(0, longestQuote - 1)}…` : line
}

const longestQuote = 200
