/** What of a URL gives away how to call it: all of it, and what stands behind the host. */
export function secretsOf({ url }: { readonly url: string }): string[] {
  const { username, password, pathname, search } = new URL(url)
  return [url, username, password, `${pathname}${search}`].filter((part) => part.length > 1)
}

export function isHttpUrl(text: string): boolean {
  const url = URL.parse(text)
  return url !== null && /^https?:$/.test(url.protocol)
}
