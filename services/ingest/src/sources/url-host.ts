/** The host, with a port that is not the scheme's own, of a web address; undefined when the text is none. */
export function hostOfUrl(text: string | undefined): string | undefined {
  const url = text ? URL.parse(text) : null
  const isWeb = url?.protocol === 'https:' || url?.protocol === 'http:'
  return isWeb ? url.host : undefined
}
