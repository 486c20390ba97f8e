import type { Service } from '@slipway/core'
import { describe, expect, it } from 'vitest'
import type { ServiceManager } from '../../src/ports/service-manager.ts'
import { calm, failureOf } from '../failure.ts'

export interface ServicesFixture {
  readonly services: ServiceManager
  /** A container that runs, one that has ended, and a name that nothing has. */
  readonly containers: Readonly<Record<'running' | 'ended' | 'missing', string>>
  /** Resolves when the running container has heard this: the name of a signal, a word of a command, or `restart`. */
  heard(what: string): Promise<void>
}

/** What every ServiceManager keeps. */
export function describeServiceManager(name: string, make: () => Promise<ServicesFixture>): void {
  describe(`${name} as a service manager`, () => {
    it('sends a signal', async () => {
      const { services, containers, heard } = await make()

      await services.reload(signal(containers.running), calm)

      await heard('USR2')
    })

    it('runs a command and waits for its end', async () => {
      const { services, containers, heard } = await make()

      await services.reload(exec(containers.running, 'touch', '/tmp/told'), calm)

      await heard('/tmp/told')
    })

    it('restarts', async () => {
      const { services, containers, heard } = await make()

      await services.reload({ container: containers.running, timeout: 30_000, action: 'restart' }, calm)

      await heard('restart')
    })

    it('fails when the command does, and names the container', async () => {
      const { services, containers } = await make()

      const error = await failureOf(services.reload(exec(containers.running, 'false'), calm))

      expect(error.code).toBe('RELOAD_FAILED')
      expect(error.message).toContain(containers.running)
    })

    it.each(['ended', 'missing'] as const)('fails when the container is %s', async (which) => {
      const { services, containers } = await make()

      const error = await failureOf(services.reload(signal(containers[which]), calm))

      expect(error.code).toBe('RELOAD_FAILED')
      expect(error.message).toContain(containers[which])
    })

    it('throws what its signal says', async () => {
      const { services, containers } = await make()
      const reason = new Error('enough')

      await expect(services.reload(signal(containers.running), AbortSignal.abort(reason))).rejects.toBe(
        reason,
      )
    })
  })
}

function signal(container: string): Service {
  return { container, timeout: 30_000, action: 'signal', signal: 'USR2' }
}

function exec(container: string, ...command: string[]): Service {
  return { container, timeout: 30_000, action: 'exec', command }
}
