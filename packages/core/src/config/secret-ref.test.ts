import { describe, expect, it } from 'vitest'
import { secretRef } from './secret-ref.ts'

describe('secretRef', () => {
  it.each([{ env: 'ACR_HOOK_SECRET' }, { file: '/run/secrets/acme' }])('takes %j', (ref) => {
    expect(secretRef.parse(ref)).toEqual(ref)
  })

  it.each(['hunter2', { env: 'A-B' }, { env: '' }, { file: 'secret' }, { env: 'A', file: '/a' }, {}, null])(
    'refuses %j without repeating it',
    (value) => {
      const result = secretRef.safeParse(value)

      expect(result.success).toBe(false)
      expect(result.error?.message).not.toContain('hunter2')
    },
  )
})
