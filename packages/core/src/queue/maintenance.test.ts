import { expect, it } from 'vitest'
import { readVerifyRequest } from './maintenance.ts'

const request = 'v0123456789abcdef'

it.each([
  ['asked by a person', { project: 'shop', quick: true, request }, { project: 'shop', quick: true, request }],
  ['asked by the clock', { project: 'shop', quick: false }, { project: 'shop', quick: false, request: null }],
  ['no data', undefined, null],
  ['no project', { quick: true }, null],
  ['a name that none can have', { project: '../etc', quick: true }, null],
  ['no depth', { project: 'shop' }, null],
  ['a request that would name another key', { project: 'shop', quick: true, request: 'x:want:shop' }, null],
])('a request to look is read, or refused as a whole: %s', (_what, data, expected) => {
  expect(readVerifyRequest(data)).toEqual(expected)
})
