import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { slipway } from '../../test/slipway-process.ts'

describe('slipway token', () => {
  it('prints a token, the hash of exactly this token, and how to configure it', async () => {
    const { code, stdout } = await slipway(['token', 'ada', '--role', 'operator'])

    expect(code).toBe(0)
    const token = /^token {2}(\S+)$/m.exec(stdout)?.[1] ?? ''
    const hash = /^hash {3}(\S+)$/m.exec(stdout)?.[1]
    expect(token).toMatch(/^[\w-]{43}$/)
    expect(hash).toBe(`sha256:${createHash('sha256').update(token).digest('hex')}`)
    expect(stdout).toContain('- { name: ada, role: operator, hash: { file: /etc/slipway/tokens/ada.hash } }')
  })

  it('makes another token each time, for a viewer unless told otherwise', async () => {
    const [first, second] = await Promise.all([slipway(['token', 'ada']), slipway(['token', 'ada'])])

    expect(first.stdout).not.toBe(second.stdout)
    expect(first.stdout).toContain('role: viewer')
  })
})
