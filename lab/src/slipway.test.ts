import { describe, expect, it } from 'vitest'
import { saysReady } from './slipway.ts'

describe('saysReady', () => {
  it('knows the line by its message and by nothing else', () => {
    expect(saysReady('{"level":30,"msg":"ready","port":8080}')).toBe(true)
    expect(saysReady('{"level":30,"msg":"nearly ready"}')).toBe(false)
    expect(saysReady('ready')).toBe(false)
    expect(saysReady('{"msg":"ready"')).toBe(false)
  })
})
