import { expect, it } from 'vitest'
import { unwrapForm } from './read-form.ts'

function unwrap(form: string): string | null {
  const bytes = unwrapForm(Buffer.from(form, 'latin1'), 'payload')
  return bytes && Buffer.from(bytes).toString('utf8')
}

it.each([
  ['payload=%7B%22a%22%3A1%7D', '{"a":1}'],
  ['payload={"a":1}', '{"a":1}'],
  ['payload=a+b%2Bc', 'a b+c'],
  ['payload=%e8%ae%a2%E5%8D%95', '订单'],
  ['payload=a=b', 'a=b'],
  ['payload=', ''],
  ['a=1&payload=x&b', 'x'],
  ['%70ayload=x', 'x'],
])('finds in %j the value %j', (form, value) => {
  expect(unwrap(form)).toBe(value)
})

it.each([
  '',
  'payload',
  'Payload=x',
  'payload=x&payload=x',
  'payload=x&%70ayload=y',
  'payload=%',
  'payload=%7',
  'payload=%zz',
  'payload=%7 ',
  'a=%&payload=x%',
])('finds nothing in %j', (form) => {
  expect(unwrap(form)).toBeNull()
})

it('gives the bytes as they are, be they UTF-8 or not', () => {
  expect(unwrapForm(Buffer.from('payload=%ff%00'), 'payload')).toEqual(Uint8Array.from([0xff, 0]))
})

it('agrees with the way in which browsers read forms', () => {
  const value = 'a b+c&d=e%f"订单\u0000\u{1F6A2}'

  expect(unwrap(new URLSearchParams({ x: '&', payload: value, y: '=' }).toString())).toBe(value)
})
