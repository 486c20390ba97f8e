import { describe, expect, it } from 'vitest'
import { grant } from './grants.ts'

describe('grant', () => {
  const ada = { username: 'ada', password: 'x', repositories: ['acme/shop'] }

  it('gives what is asked for in a repository of the user', () => {
    expect(grant(ada, ['repository:acme/shop:push,pull'])).toEqual([
      { type: 'repository', name: 'acme/shop', actions: ['push', 'pull'] },
    ])
  })

  it.each([
    'repository:other/shop:pull',
    'repository:acme/shop2:pull',
    'repository:acme/shop:delete',
    'registry:catalog:*',
    '',
  ])('gives nothing for %j', (scope) => {
    expect(grant(ada, [scope])).toEqual([])
  })

  it('gives the part that is allowed when several scopes are asked for at once', () => {
    expect(grant(ada, ['repository:acme/shop:pull repository:other/shop:pull'])).toEqual([
      { type: 'repository', name: 'acme/shop', actions: ['pull'] },
    ])
  })
})
