import { authTypes, provableAuthTypes } from '@slipway/core'
import { expect, it } from 'vitest'
import { createProof } from './index.ts'

it('can check the kinds of proof that a configuration may name, and no other', () => {
  const checked = authTypes.filter((type) => createProof({ type }, ['a-secret-of-some-length']) !== null)

  expect(checked.toSorted()).toEqual([...provableAuthTypes].toSorted())
})
