import { expect } from 'vitest'
import { createFakeEngine } from '../fakes/fake-engine.ts'
import { createFakeProbe } from '../fakes/fake-probe.ts'
import { createFakeServices } from '../fakes/fake-services.ts'
import { createMemoryMutex } from '../fakes/memory-mutex.ts'
import { createMemoryReleaseStore } from '../fakes/memory-release-store.ts'
import { digestOf, projectOf } from '../project.ts'
import { describeContainerEngine } from './container-engine.ts'
import { describeHttpProbe } from './http-probe.ts'
import { describeProjectMutex } from './project-mutex.ts'
import { describeReleaseStore } from './release-store.ts'
import { describeServiceManager } from './service-manager.ts'

describeReleaseStore('the memory', async () => {
  const store = createMemoryReleaseStore()
  return { store, litter: async () => void store.leftovers.add('.tmp-left') }
})

describeProjectMutex('the memory', async () => {
  const mutex = createMemoryMutex()
  return { mutex, roots: ['/srv/shop', '/srv/blog'], lose: async (root) => mutex.lose(root) }
})

describeHttpProbe('the fake', async () => ({
  probe: createFakeProbe({
    'http://a': [200],
    'http://b': [503],
    'http://c': [302],
    'http://d': ['hangs'],
  }),
  urls: {
    healthy: 'http://a',
    endless: 'http://a',
    failing: 'http://b',
    redirecting: 'http://c',
    hanging: 'http://d',
    refusing: 'http://e',
  },
}))

describeServiceManager('the fake', async () => {
  const services = createFakeServices('ended', 'missing')
  return {
    services,
    containers: { running: 'web', ended: 'ended', missing: 'missing' },
    heard: async (what) => expect(services.told.join('\n')).toContain(what),
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
