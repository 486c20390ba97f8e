import { expect, it } from 'vitest'
import { readRunRequest, readVerifyRequest } from './maintenance.ts'

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

const byAda = { request: 'r0123456789abcdef', by: 'ada@desk', isDryRun: false }

it.each<[string, unknown, unknown]>([
  ['of the clock', {}, { request: null, by: null, isDryRun: false }],
  ['of a person', byAda, byAda],
  ['no data', undefined, null],
  ['a list', [], null],
  ['a field that is not known', { ...byAda, cause: 'disk' }, null],
  ['a request that would name another key', { ...byAda, request: 'x:want:shop' }, null],
  ['a request of nobody', { ...byAda, by: null }, null],
  ['a request of somebody with a line break', { ...byAda, by: 'ada\nroot' }, null],
  ['a request of somebody without end', { ...byAda, by: 'a'.repeat(201) }, null],
  ['no word about a plan', { request: byAda.request, by: byAda.by }, null],
])('a request to run a job is read, or refused as a whole: %s', (_what, data, expected) => {
  expect(readRunRequest(data)).toEqual(expected)
})
