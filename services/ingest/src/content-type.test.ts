import { expect, it } from 'vitest'
import { isForm, refuseForm } from './content-type.ts'

const accepted = { contentTypes: ['application/json'] }
const formed = { ...accepted, form: { field: 'payload', signed: 'form' } as const }
const form = 'application/x-www-form-urlencoded'

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

it('takes a form from a source that sends forms, and from no other', () => {
  expect(refuseForm({ 'content-type': form }, formed)).toBeNull()
  expect(refuseForm({ 'content-type': 'application/json' }, formed)).toBeNull()
  expect(refuseForm({ 'content-type': form }, accepted)).not.toBeNull()
  expect(refuseForm({ 'content-type': `${form}; charset=utf-16` }, formed)).not.toBeNull()
})

it.each([
  [form, true],
  ['Application/X-WWW-Form-URLEncoded ; charset=UTF-8', true],
  [`${form}x`, false],
  ['application/json', false],
  [undefined, false],
])('takes %j for a form: %j', (type, is) => {
  expect(isForm({ 'content-type': type })).toBe(is)
})
