/** One user of a token registry and the repositories that it may push to and pull from. */
export interface TokenUser {
  readonly username: string
  readonly password: string
  readonly repositories: readonly string[]
}

/** What a token allows, as the distribution protocol writes it. */
export interface Access {
  readonly type: 'repository'
  readonly name: string
  readonly actions: readonly string[]
}

const allowed = ['pull', 'push']

/** What of the scopes asked for (`repository:acme/shop:pull,push`) this user gets; the rest is left out, not refused. */
export function grant(user: TokenUser, scopes: readonly string[]): Access[] {
  return scopes
    .flatMap((scope) => scope.split(' '))
    .flatMap((scope) => {
      const match = /^repository:([^:]+):([a-z,*]+)$/.exec(scope)
      const [, name = '', asked = ''] = match ?? []
      const actions = asked.split(',').filter((action) => allowed.includes(action))
      if (actions.length === 0 || !user.repositories.includes(name)) return []
      return [{ type: 'repository' as const, name, actions }]
    })
}
