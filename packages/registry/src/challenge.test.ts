import { describe, expect, it } from 'vitest'
import { parseChallenges } from './challenge.ts'

const cases: readonly [
  what: string,
  header: string,
  challenges: readonly [string, Record<string, string>][],
][] = [
  ['nothing', '', []],
  ['a basic challenge', 'Basic realm="basic-realm"', [['basic', { realm: 'basic-realm' }]]],
  [
    'a bearer challenge',
    'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:acme/shop:pull"',
    [
      [
        'bearer',
        {
          realm: 'https://auth.docker.io/token',
          service: 'registry.docker.io',
          scope: 'repository:acme/shop:pull',
        },
      ],
    ],
  ],
  [
    'commas and equals signs in quotes',
    'Bearer realm="https://a.example/t?x=1,2",scope="repository:a/b:pull,push"',
    [['bearer', { realm: 'https://a.example/t?x=1,2', scope: 'repository:a/b:pull,push' }]],
  ],
  [
    'an escaped quote and backslash',
    String.raw`Basic realm="say \"hi\" \\ bye", charset="UTF-8"`,
    [['basic', { realm: 'say "hi" \\ bye', charset: 'UTF-8' }]],
  ],
  [
    'several challenges in one header',
    'Basic realm="b", Bearer realm="https://a.example/t", service="s"',
    [
      ['basic', { realm: 'b' }],
      ['bearer', { realm: 'https://a.example/t', service: 's' }],
    ],
  ],
  [
    'a challenge without parameters and one with token68',
    'Negotiate, NTLM TlRMTVNTUA==, Basic realm="b"',
    [
      ['negotiate', {}],
      ['ntlm', {}],
      ['basic', { realm: 'b' }],
    ],
  ],
  ['any case of names', 'BEARER Realm="r", SERVICE="s"', [['bearer', { realm: 'r', service: 's' }]]],
  [
    'spaces around the equals sign',
    'Bearer realm = "r" , service= s',
    [['bearer', { realm: 'r', service: 's' }]],
  ],
  [
    'a value that ought to be quoted',
    'Bearer realm=https://a.example:5001/auth,service=s',
    [['bearer', { realm: 'https://a.example:5001/auth', service: 's' }]],
  ],
  ['the first of two values', 'Bearer realm="first", realm="second"', [['bearer', { realm: 'first' }]]],
  ['an empty value', 'Bearer realm="r",service=""', [['bearer', { realm: 'r', service: '' }]]],
  ['empty list elements', ', ,Basic realm="b",,', [['basic', { realm: 'b' }]]],
  [
    'what stands before a quote without end',
    'Basic realm="b", Bearer realm="r',
    [
      ['basic', { realm: 'b' }],
      ['bearer', {}],
    ],
  ],
  ['no parameter without a scheme', 'realm="r"', []],
]

describe('parseChallenges', () => {
  it.each(cases)('reads %s', (_what, header, expected) => {
    const challenges = parseChallenges(header)

    expect(challenges.map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)])).toEqual(
      expected,
    )
  })
})
