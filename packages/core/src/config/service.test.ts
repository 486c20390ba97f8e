import { describe, expect, it } from 'vitest'
import { parseConfig } from './parse.ts'
import { targetOf } from './service.ts'

const recreate = { container: 'web', action: 'recreate' }

describe('a service', () => {
  it.each([
    ['a=b', ['a=b']],
    [
      ['a=b', 'c'],
      ['a=b', 'c'],
    ],
  ])('is meant by the label %j', (label, expected) => {
    const { project } = read({ services: [{ label, action: 'recreate' }] })

    expect(project?.services).toEqual([{ label: expected, action: 'recreate', timeout: 30_000 }])
  })

  it.each([
    [{ container: 'web', label: 'a=b', action: 'restart' }, 'name either `container` or `label`'],
    [{ action: 'restart' }, 'name either `container` or `label`'],
    [{ label: [], action: 'restart' }, 'label'],
    [{ label: ['=b'], action: 'restart' }, 'label'],
  ])('is not %j', (service, words) => {
    expect(read({ services: [service] }).mistakes).toContain(words)
  })

  it('is named by what it is meant by', () => {
    expect(targetOf({ container: 'web' })).toBe('web')
    expect(targetOf({ label: ['a=b'] })).toBe('label a=b')
    expect(targetOf({ label: ['a=b', 'c'] })).toBe('labels a=b, c')
  })
})

describe('a project whose image is what its services run', () => {
  it('has a folder of slipway for what is known of it, and no source', () => {
    const { project } = read({ services: [recreate] })

    expect(project?.source).toBeNull()
    expect(project?.release.root).toBe('/var/lib/slipway/services/web')
  })

  it.each([
    [{ services: [] }, 'name at least one service with action: recreate'],
    [{ services: [recreate], source: { path: '/app' } }, 'has no meaning with `strategy: service`'],
    [{ services: [recreate], release: { root: '/srv/web' } }, 'has no meaning with `strategy: service`'],
  ])('is not %j', (more, words) => {
    expect(read(more).mistakes).toContain(words)
  })
})

function read(more: object) {
  const web = { image: 'registry.example.com/acme/web', strategy: 'service', ...more }
  const result = parseConfig({ state_dir: '/var/lib/slipway', projects: { web } })
  return {
    project: result.ok ? result.config.projects.web : undefined,
    mistakes: result.ok ? '' : JSON.stringify(result.mistakes),
  }
}
