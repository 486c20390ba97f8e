import { describe, expect, it } from 'vitest'
import { formatRunId, isLeftBehind, parseRunId, thisRun } from './run-id.ts'

describe('run id', () => {
  const owner = { host: 'web1', pid: 4711, startedAt: 99 }
  const id = formatRunId(owner, 'abc123')

  it('gives back whose it is', () => {
    expect(parseRunId(id)).toEqual(owner)
  })

  it.each(['', 'web1/x/99/abc123', 'web1/4711/99', 'web1/4711/99/xyz'])('refuses %j', (text) => {
    expect(parseRunId(text)).toBeUndefined()
  })

  it('is left behind when the process is gone', () => {
    expect(isLeftBehind(id, 'web1', () => undefined)).toBe(true)
  })

  it('is left behind when another process has the number now', () => {
    expect(isLeftBehind(id, 'web1', () => 100)).toBe(true)
  })

  it('is not left behind while its process runs', () => {
    expect(isLeftBehind(id, 'web1', () => 99)).toBe(false)
    expect(isLeftBehind(thisRun)).toBe(false)
  })

  it('of another host is left alone, as is a label that is no run id', () => {
    expect(isLeftBehind(id, 'web2', () => undefined)).toBe(false)
    expect(isLeftBehind('something', 'web1', () => undefined)).toBe(false)
  })
})
