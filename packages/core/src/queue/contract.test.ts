import { describe, expect, it } from 'vitest'
import { deployQueueName, keyPrefix, maintenanceQueueName, nudgeOptions, readNudge } from './contract.ts'

describe('queue contract', () => {
  it('names the queues of a host without the colon that BullMQ forbids', () => {
    expect(deployQueueName('web1')).toBe('deploy-web1')
    expect(maintenanceQueueName('web1')).toBe('maintenance-web1')
  })

  it('keeps all keys of a host in one hash slot', () => {
    expect(keyPrefix('web1')).toBe('slipway:{web1}')
  })

  it('lets one nudge of a project wait and keeps the one that comes while another is active', () => {
    expect(nudgeOptions('shop', { attempts: 4, delay: 1_000 })).toMatchObject({
      deduplication: { id: 'shop', keepLastIfActive: true, replace: true },
      attempts: 4,
      backoff: { type: 'slipway', delay: 1_000 },
    })
  })
})

describe('readNudge', () => {
  it('reads the project and nothing else', () => {
    expect(readNudge({ project: 'shop', image: 'evil/image', command: ['rm'] })).toEqual({ project: 'shop' })
  })

  it.each([
    null,
    undefined,
    'shop',
    [],
    {},
    { project: 5 },
    { project: '' },
    { project: '../etc' },
    { project: 'Shop' },
    { project: 'a'.repeat(64) },
    { project: 'shop\n' },
  ])('makes nothing of %j', (data) => {
    expect(readNudge(data)).toBeNull()
  })
})
