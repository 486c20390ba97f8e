type Parameter = string | string[] | undefined

/** What of the query can be a token: ours, and the name that OAuth gives it, which senders of CloudEvents may use. */
export interface TokenQuery {
  readonly token?: Parameter
  readonly access_token?: Parameter
}

/** The token of a URL, as the last part of its path or in its query; null when there is none. */
export function tokenIn(path: string | undefined, query: TokenQuery): string | null {
  const token = path ?? query.token ?? query.access_token
  // Given twice it is a list, and no sender does that.
  return typeof token === 'string' ? token : null
}
