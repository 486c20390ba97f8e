import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { json } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'
import { createFetchNotifier } from '../../src/adapters/fetch-notifier.ts'
import { statfsDiskSpace } from '../../src/adapters/statfs-disk-space.ts'
import type { Notice } from '../../src/ports/notifier.ts'
import { createFakeDisk } from '../fakes/fake-disk.ts'
import { createRecordingNotifier } from '../fakes/recording-notifier.ts'
import { describeDiskSpace } from './disk-space.ts'
import { describeNotifier } from './notifier.ts'

describeNotifier('the recording', async () => {
  const notifier = createRecordingNotifier(['drift', 'failed'])
  return { notifier, heard: () => notifier.told }
})

describeNotifier('fetch', async () => {
  const heard: Notice[] = []
  const server = createServer(async (request, response) => {
    heard.push((await json(request)) as Notice)
    response.end('ok')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`
  const receivers = [{ name: 'notify[0].url', url, events: ['drift', 'failed'] as const }]
  const notifier = createFetchNotifier({ receivers, redact: (text) => text, onLost: () => {} })
  return { notifier, heard: () => heard }
})

describeDiskSpace('the fake', async () => ({
  disk: createFakeDisk({ '/srv/shop': { bytes: 1e9, inodes: 1_000 } }),
  there: '/srv/shop',
  missing: '/srv/nowhere',
}))

describeDiskSpace('statfs', async () => ({
  disk: statfsDiskSpace,
  there: tmpdir(),
  missing: '/nowhere/at/all',
}))
