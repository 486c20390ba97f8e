import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { createRedactor } from '@slipway/core'
import { describe, expect, it, onTestFinished } from 'vitest'
import { noticeOf } from '../../test/contracts/notifier.ts'
import { createFetchNotifier } from './fetch-notifier.ts'

const token = 'T0KEN-of-the-chat'

interface Call {
  readonly url: string
  readonly body: string
}

/** A receiver that does one thing after the other; the last one stays. */
async function open(...acts: ((response: ServerResponse) => void)[]) {
  const calls: Call[] = []
  const lost: string[] = []
  const server = createServer(async (request: IncomingMessage, response) => {
    calls.push({ url: request.url ?? '', body: await text(request) })
    const act = acts.length > 1 ? acts.shift() : acts[0]
    act?.(response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const stop = () => {
    server.closeAllConnections()
    server.close()
  }
  const receiver = { name: 'notify[0].url', url: `${origin}/${token}`, events: ['drift'] as const }
  const notifier = createFetchNotifier({
    receivers: [receiver],
    redact: createRedactor(['a-password']),
    onLost: (name, { event }, why) => lost.push(`${name} ${event}: ${why}`),
    deadline: 150,
    pauses: [10, 20],
  })
  onTestFinished(async () => {
    await notifier.close(0)
    stop()
  })
  return { notifier, calls, lost, stop, origin }
}

const ok = (response: ServerResponse) => void response.end('ok')
const answer = (status: number, headers = {}) => {
  return (response: ServerResponse) => void response.writeHead(status, headers).end('no')
}
const hang = () => {}

describe('a notice', () => {
  it.each([
    ['answers 500 at first', answer(500)],
    ['is asked too often at first', answer(429)],
    ['hangs at first', hang],
  ])('gets through to a receiver that %s', async (_what, first) => {
    const { notifier, calls, lost } = await open(first, ok)

    notifier.tell(noticeOf('drift'))

    await notifier.close(3_000)
    expect(lost).toEqual([])
    expect(calls.map(({ body }) => JSON.parse(body))).toEqual([noticeOf('drift'), noticeOf('drift')])
  })

  it.each([
    ['goes on answering 500', answer(500), 3, 'it answered 500'],
    ['goes on hanging', hang, 3, 'it did not answer in time'],
    ['refuses it', answer(404), 1, 'it answered 404'],
    ['sends it elsewhere', answer(307, { location: '/elsewhere' }), 1, 'it answered 307'],
  ])('is given up when its receiver %s, and the URL is not told', async (_what, act, tries, why) => {
    const { notifier, calls, lost } = await open(act)

    notifier.tell(noticeOf('drift'))

    await expect.poll(() => lost, { timeout: 3_000 }).toEqual([`notify[0].url drift: ${why}`])
    expect(calls.map(({ url }) => url)).toEqual(Array(tries).fill(`/${token}`))
  })

  it('is given up when nobody listens, and the URL is not told', async () => {
    const { notifier, lost, stop } = await open(ok)
    stop()

    notifier.tell(noticeOf('drift'))

    await expect.poll(() => lost).toEqual(['notify[0].url drift: the call failed (ECONNREFUSED)'])
  })

  it('never delays whoever tells it, and is dropped when too many wait', async () => {
    const { notifier, lost } = await open(hang)
    const begun = performance.now()

    for (let at = 0; at < 300; at += 1) notifier.tell(noticeOf('drift'))

    expect(performance.now() - begun).toBeLessThan(100)
    expect(lost).toHaveLength(200)
    expect(lost[0]).toContain('too many notices wait for it')
  })

  it('does not keep a worker from ending', async () => {
    const { notifier, calls } = await open(hang)
    notifier.tell(noticeOf('drift'))
    notifier.tell(noticeOf('drift'))
    await expect.poll(() => calls.length).toBe(1)
    const begun = performance.now()

    await notifier.close(20)

    expect(performance.now() - begun).toBeLessThan(1_000)
  })

  it('holds no secret that a text brought along', async () => {
    const { notifier, calls } = await open(ok)

    notifier.tell(noticeOf('drift', { text: 'the login with a-password failed' }))
    await notifier.close(3_000)

    expect(JSON.parse(calls[0]?.body ?? '').text).toBe('the login with [redacted] failed')
  })
})
