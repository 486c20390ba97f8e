import type { Service } from '@slipway/core'
import { describe, expect, it } from 'vitest'
import type { ReloadRequest, ServiceImage, ServiceManager } from '../../src/ports/service-manager.ts'
import { calm, failureOf } from '../failure.ts'

export interface ServicesFixture {
  readonly services: ServiceManager
  /** A container that runs, one that has ended, and a name that nothing has. */
  readonly containers: Readonly<Record<'running' | 'ended' | 'missing', string>>
  /** Two that the running container has and no other one, and one that nothing has. */
  readonly labels: Readonly<Record<'one' | 'other' | 'missing', string>>
  /** What the running container may be made of; `unwell` ends at once. */
  readonly images: Readonly<Record<'first' | 'second' | 'unwell', ServiceImage>>
  /** Resolves when the running container has heard this: the name of a signal, a word of a command, or `restart`. */
  heard(what: string): Promise<void>
  /** What tells the container that has the name of the running one from others that had it. */
  identity(): Promise<string>
}

/** What every ServiceManager keeps. */
export function describeServiceManager(name: string, make: () => Promise<ServicesFixture>): void {
  describe(`${name} as a service manager`, () => {
    it('sends a signal', async () => {
      const { services, containers, heard } = await make()

      const names = await services.reload(signal({ container: containers.running }), forward('r1'), calm)

      expect(names).toEqual([containers.running])
      await heard('USR2')
    })

    it('runs a command and waits for its end', async () => {
      const { services, containers, heard } = await make()

      await services.reload(exec(containers.running, 'touch', '/tmp/told'), forward('r1'), calm)

      await heard('/tmp/told')
    })

    it('restarts', async () => {
      const { services, containers, heard } = await make()
      const restart = { container: containers.running, timeout: 30_000, action: 'restart' } as const

      await services.reload(restart, forward('r1'), calm)

      await heard('restart')
    })

    it('tells what has all the labels, and says whom it told', async () => {
      const { services, containers, labels, heard } = await make()

      const names = await services.reload(signal({ label: [labels.one, labels.other] }), forward('r1'), calm)

      expect(names).toEqual([containers.running])
      await heard('USR2')
    })

    it('fails when nothing has one of the labels, and names it', async () => {
      const { services, labels } = await make()
      const nobody = signal({ label: [labels.one, labels.missing] })

      const error = await failureOf(services.reload(nobody, forward('r1'), calm))

      expect(error.code).toBe('RELOAD_FAILED')
      expect(error.message).toContain(labels.missing)
    })

    it('fails when the command does, and names the container', async () => {
      const { services, containers } = await make()

      const error = await failureOf(services.reload(exec(containers.running, 'false'), forward('r1'), calm))

      expect(error.code).toBe('RELOAD_FAILED')
      expect(error.message).toContain(containers.running)
    })

    it.each(['ended', 'missing'] as const)('fails when the container is %s', async (which) => {
      const { services, containers } = await make()

      const error = await failureOf(
        services.reload(signal({ container: containers[which] }), forward('r1'), calm),
      )

      expect(error.code).toBe('RELOAD_FAILED')
      expect(error.message).toContain(containers[which])
    })

    it('throws what its signal says', async () => {
      const { services, containers } = await make()
      const reason = new Error('enough')
      const stopped = AbortSignal.abort(reason)

      await expect(
        services.reload(signal({ container: containers.running }), forward('r1'), stopped),
      ).rejects.toBe(reason)
    })

    it('makes a container again from the image of a release', async () => {
      const { services, containers, images, identity } = await make()
      const service = recreate({ container: containers.running })
      const before = await identity()

      const names = await services.reload(service, forward('r1', images.first), calm)

      expect(names).toEqual([containers.running])
      expect(await identity()).not.toBe(before)
      expect(await services.runs(service, images.first, calm)).toBe(true)
      expect(await services.runs(service, images.second, calm)).toBe(false)
    })

    it('does it once for one release, however often it is told', async () => {
      const { services, labels, images, identity } = await make()
      const service = recreate({ label: [labels.one] })
      await services.reload(service, forward('r1', images.first), calm)
      const made = await identity()

      await services.reload(service, forward('r1', images.first), calm)
      await services.commit('shop', calm)
      await services.reload(service, forward('r1', images.first), calm)

      expect(await identity()).toBe(made)
    })

    it('makes it again of the image it has', async () => {
      const { services, containers, images, identity } = await make()
      const service = recreate({ container: containers.running })
      await services.reload(service, forward('r1', images.first), calm)
      const before = await identity()

      await services.reload(service, forward('r2', 'own'), calm)

      expect(await identity()).not.toBe(before)
      expect(await services.runs(service, images.first, calm)).toBe(true)
    })

    it('leaves the container of before where the new one is not well', async () => {
      const { services, containers, images, identity } = await make()
      const service = recreate({ container: containers.running })
      const before = await identity()

      const error = await failureOf(services.reload(service, forward('r1', images.unwell), calm))

      expect(error.code).toBe('SERVICE_UNHEALTHY')
      expect(error.message).toContain(containers.running)
      expect(await identity()).toBe(before)
      await services.reload(signal({ container: containers.running }), back('r1', null), calm)
    })

    it('brings back the container that it replaced, as long as the release is not decided', async () => {
      const { services, containers, images, identity } = await make()
      const service = recreate({ container: containers.running })
      const before = await identity()
      await services.reload(service, forward('r1', images.first), calm)

      await services.reload(service, back('r1', null), calm)

      expect(await identity()).toBe(before)
      await services.reload(signal({ container: containers.running }), back('r1', null), calm)
    })

    it('makes one of the image to go back to, once the release was decided', async () => {
      const { services, containers, images } = await make()
      const service = recreate({ container: containers.running })
      for (const [release, image] of [['r1', images.first] as const, ['r2', images.second] as const]) {
        await services.reload(service, forward(release, image), calm)
        await services.commit('shop', calm)
      }

      await services.reload(service, back('r2', 'r1', images.first), calm)

      expect(await services.runs(service, images.first, calm)).toBe(true)
    })

    it('does not touch a container on the way back that the way forward did not reach', async () => {
      const { services, containers, images, identity } = await make()
      const service = recreate({ container: containers.running })
      await services.reload(service, forward('r1', images.first), calm)
      await services.commit('shop', calm)
      const before = await identity()

      await services.reload(service, back('r2', 'r1', images.first), calm)

      expect(await identity()).toBe(before)
    })

    it('cannot bring back what was there before the first release, once that was decided', async () => {
      const { services, containers, images } = await make()
      const service = recreate({ container: containers.running })
      await services.reload(service, forward('r1', images.first), calm)
      await services.commit('shop', calm)

      const error = await failureOf(services.reload(service, back('r1', null), calm))

      expect(error.code).toBe('RELOAD_FAILED')
      expect(await services.runs(service, images.first, calm)).toBe(true)
    })

    it('has nothing that runs an image where nothing has the label', async () => {
      const { services, labels, images } = await make()

      expect(await services.runs(recreate({ label: [labels.missing] }), images.first, calm)).toBe(false)
    })
  })
}

type Target = Pick<Service, 'container' | 'label'>

function forward(release: string, image: ReloadRequest['image'] = 'own'): ReloadRequest {
  return { project: 'shop', release, leaving: null, image }
}

function back(
  leaving: string,
  release: string | null,
  image: ReloadRequest['image'] = 'before',
): ReloadRequest {
  return { project: 'shop', release, leaving, image }
}

function signal(target: Target): Service {
  return { ...target, timeout: 30_000, action: 'signal', signal: 'USR2' }
}

function recreate(target: Target): Service {
  return { ...target, timeout: 30_000, action: 'recreate' }
}

function exec(container: string, ...command: string[]): Service {
  return { container, timeout: 30_000, action: 'exec', command }
}
