import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createFetchPinger } from './fetch-pinger.ts'

const secret = 'T0KEN-of-the-watcher'

async function open(act: (response: ServerResponse) => void) {
  const calls: string[] = []
  const lost: string[] = []
  const server = createServer((request, response) => {
    calls.push(`${request.method} ${request.url}`)
    act(response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const stop = () => {
    server.closeAllConnections()
    server.close()
  }
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/${secret}`
  const pinger = createFetchPinger({
    pings: [{ job: 'prune', url }],
    onLost: (job, why) => void lost.push(`${job}: ${why}`),
    deadline: 150,
  })
  onTestFinished(async () => {
    await pinger.close(0)
    stop()
  })
  return { pinger, calls, lost, stop }
}

describe('a sign of life', () => {
  it('is one GET of the URL of its job, and nothing for a job without one', async () => {
    const { pinger, calls, lost } = await open((response) => void response.end('ok'))

    pinger.alive('prune')
    pinger.alive('verify')
    await pinger.close(1_000)

    expect(calls).toEqual([`GET /${secret}`])
    expect(lost).toEqual([])
  })

  it.each<[string, (response: ServerResponse) => void, string]>([
    ['that is refused', (response) => void response.writeHead(404).end(), 'it answered 404'],
    [
      'that is sent elsewhere',
      (response) => void response.writeHead(302, { location: '/other' }).end(),
      'it answered 302',
    ],
    ['that hangs', () => {}, 'it did not answer in time'],
    ['that is cut', (response) => void response.destroy(), 'the call failed (UND_ERR_SOCKET)'],
  ])('%s is lost without its URL being said, and is not tried again', async (_what, act, why) => {
    const { pinger, calls, lost } = await open(act)

    pinger.alive('prune')
    await pinger.close(1_000)

    expect(lost).toEqual([`prune: ${why}`])
    expect(calls).toHaveLength(1)
  })

  it('does not keep a worker from ending', async () => {
    const { pinger, lost } = await open(() => {})

    pinger.alive('prune')
    await pinger.close(10)

    expect(lost).toHaveLength(1)
  })
})
