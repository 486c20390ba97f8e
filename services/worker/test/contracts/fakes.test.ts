import { expect } from 'vitest'
import { createFakeCommands } from '../fakes/fake-commands.ts'
import { createFakeEngine } from '../fakes/fake-engine.ts'
import { createFakeProbe } from '../fakes/fake-probe.ts'
import { createFakeServices } from '../fakes/fake-services.ts'
import { createFakeTrust } from '../fakes/fake-trust.ts'
import { createMemoryMaintenance } from '../fakes/memory-maintenance.ts'
import { createMemoryMutex } from '../fakes/memory-mutex.ts'
import { createMemoryReleaseStore } from '../fakes/memory-release-store.ts'
import { digestOf, projectOf } from '../project.ts'
import { describeContainerCommands } from './container-commands.ts'
import { describeContainerEngine } from './container-engine.ts'
import { describeImageTrust } from './image-trust.ts'
import { describeMaintenancePage } from './maintenance-page.ts'
import { describeProjectMutex } from './project-mutex.ts'
import { describeReleaseStore } from './release-store.ts'
import { describeServiceManager } from './service-manager.ts'
import { describeContainerProbe, describeSiteProbe } from './site-probe.ts'

describeReleaseStore('the memory', async () => {
  const store = createMemoryReleaseStore()
  return {
    store,
    litter: async () => void store.leftovers.add('.tmp-left'),
    async spoil({ name }, path) {
      store.folders.set(name, [...(store.folders.get(name) ?? []), path])
    },
  }
})

describeProjectMutex('the memory', async () => {
  const mutex = createMemoryMutex()
  return { mutex, roots: ['/srv/shop', '/srv/blog'], lose: async (root) => mutex.lose(root) }
})

describeSiteProbe('the fake', async () => ({
  probe: createFakeProbe({
    'http://a': [{ status: 200, body: 'all is well' }],
    'http://b': [503],
    'http://c': [302],
    'http://d': ['hangs'],
    'a:80': ['connects'],
  }),
  urls: {
    healthy: 'http://a',
    endless: 'http://a',
    failing: 'http://b',
    redirecting: 'http://c',
    hanging: 'http://d',
    refusing: 'http://e',
  },
  addresses: { open: 'a:80', closed: 'b:80' },
}))

describeContainerProbe('the fake', async () => ({
  probe: createFakeProbe({ well: ['healthy'], new: ['starting'], sick: ['unhealthy'], web: [0], down: [3] }),
  healthy: { health: 'well' },
  starting: { health: 'new' },
  unhealthy: { health: 'sick' },
  missing: { health: 'nobody' },
  succeeding: { exec: { container: 'web', command: ['true'] } },
  failing: { exec: { container: 'down', command: ['false'] } },
}))

describeMaintenancePage('the memory', async () => {
  const page = createMemoryMaintenance()
  return { page, root: '/srv/shop', putByHand: async () => void page.notes.set('/srv/shop', 'foreign') }
})

describeContainerCommands('the fake', async () => {
  const commands = createFakeCommands('web')
  commands.programs.set('speaks', { lines: ['one', 'two'], exitCode: 3 }).set('waits', {})
  return {
    commands,
    running: 'web',
    missing: 'nobody',
    words: { speaks: ['speaks'], waits: ['waits'] },
  }
})

describeServiceManager('the fake', async () => {
  const services = createFakeServices('ended', 'missing')
  services.labelled.set('app=web', ['web']).set('tier', ['web'])
  services.unwell.add(digestOf('f'))
  const [first, second, unwell] = ['a', 'b', 'f'].map((digit) => ({
    name: projectOf().image,
    digest: digestOf(digit),
    tag: 'latest',
  }))
  if (!first || !second || !unwell) throw new Error('there are three')
  return {
    services,
    containers: { running: 'web', ended: 'ended', missing: 'missing' },
    labels: { one: 'app=web', other: 'tier', missing: 'app=nobody' },
    images: { first, second, unwell },
    heard: async (what) => expect(services.told.join('\n')).toContain(what),
    identity: async () => services.containers.get('web')?.id ?? 'before',
  }
})

describeContainerEngine('the fake', async () => {
  const digest = digestOf('a')
  const engine = createFakeEngine({ [digest]: { 'public/index.php': '<?php' } })
  engine.programs.set('speaks', { lines: ['one', 'two'], exitCode: 3 })
  engine.programs.set('waits', {})
  return {
    engine,
    image: projectOf().image,
    digest,
    commands: { speaks: ['speaks'], waits: ['waits'], missing: ['missing'] },
    sources: async (project) =>
      [...engine.openSources.values()].filter(({ purpose }) => purpose.project === project).length,
  }
})

describeImageTrust('the fake', async () => {
  const [signed, unsigned] = [digestOf('a'), digestOf('b')]
  const trust = createFakeTrust({ [signed]: ['a key'] })
  return { trust, image: projectOf().image, signed, unsigned, keys: { good: 'a key', other: 'another key' } }
})
