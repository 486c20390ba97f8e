import { createFakeHost } from '../fakes/fake-host.ts'
import { digestOf } from '../project.ts'
import { describeHostEngine } from './host-engine.ts'

describeHostEngine('the fake', async () => {
  const host = createFakeHost()
  let count = 0
  const newId = () => {
    count += 1
    return String(count).padStart(64, '0')
  }
  return {
    inventory: host,
    deletions: host,
    async image(tags) {
      const id = `sha256:${newId()}`
      const facts = { id, tags, digests: [], builtAt: 0, namedAt: Date.now(), bytes: 1_000, labels: {} }
      host.has.images.set(id, facts)
      return id
    },
    async tag(id, tag) {
      const image = host.has.images.get(id)
      if (image) image.tags = [...image.tags, tag]
    },
    async container({ image, runs = false, network, volume }) {
      const id = newId()
      const networks = [...host.has.networks.values()].filter(({ name }) => name === network)
      host.has.containers.set(id, {
        ...{ id, name: id, image, isRunning: runs, createdAt: Date.now() },
        ...{ endedAt: runs ? null : Date.now(), labels: {}, volumes: volume ? [volume] : [] },
        ...{ networks: networks.map((one) => one.id), bytes: 0 },
      })
      return id
    },
    async network(name) {
      const id = newId()
      host.has.networks.set(id, { id, name, createdAt: Date.now(), labels: {} })
      return id
    },
    volume: async (name) => void host.has.volumes.set(name, { name, createdAt: 0, labels: {}, bytes: 0 }),
    async build() {
      const facts = { bytes: 1, isInUse: false, isShared: false, lastUsedAt: null }
      for (const [index, id] of ['a', 'b', 'c'].map(digestOf).entries())
        host.has.buildCache.set(id, { id, ...facts, createdAt: index })
      return true
    },
  }
})
