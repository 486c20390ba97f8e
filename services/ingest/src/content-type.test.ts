import { expect, it } from 'vitest'
import { refuseForm } from './content-type.ts'

const accepted = ['application/json']

it.each([
  'application/json',
  'Application/JSON; charset=UTF-8',
  'application/json;charset="utf-8"',
  'application/json; a=b',
])('takes %s', (type) => {
  expect(refuseForm({ 'content-type': type }, accepted)).toBeNull()
})

it.each([
  undefined,
  '',
  'text/plain',
  'application/jsonx',
  'application/json, text/plain',
  'text/plain; application/json',
  'application/json; charset=utf-16',
])('refuses %j', (type) => {
  expect(refuseForm({ 'content-type': type }, accepted)).not.toBeNull()
})

it('refuses a body that is said to be compressed', () => {
  const headers = { 'content-type': 'application/json' }

  expect(refuseForm({ ...headers, 'content-encoding': 'gzip' }, accepted)).not.toBeNull()
  expect(refuseForm({ ...headers, 'content-encoding': 'identity' }, accepted)).toBeNull()
})
