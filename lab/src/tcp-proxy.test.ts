import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts'

describe('a proxy', () => {
  let folder = ''
  let echo: Server
  let proxy: TcpProxy
  const peers = new Set<Socket>()

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-proxy-'))
    echo = createServer({ allowHalfOpen: true }, (socket) => {
      peers.add(socket)
      socket.on('error', () => {}).on('close', () => peers.delete(socket))
      socket.pipe(socket)
    })
    await new Promise<void>((resolve) => echo.listen(join(folder, 'echo.sock'), resolve))
    proxy = await startTcpProxy({ target: { socket: join(folder, 'echo.sock') } })
  })
  afterEach(async () => {
    await proxy.stop()
    for (const peer of peers) peer.destroy()
    await new Promise((resolve) => echo.close(resolve))
    await rm(folder, { recursive: true })
  })

  /** A client, what came back to it so far, and how it ended. */
  async function open() {
    const socket = connect(proxy.port, '127.0.0.1')
    const seen = { text: '', end: '' }
    socket.on('data', (chunk) => {
      seen.text += String(chunk)
    })
    socket.on('error', (cause: NodeJS.ErrnoException) => {
      seen.end = cause.code ?? cause.message
    })
    socket.on('close', () => {
      seen.end ||= 'closed'
    })
    await vi.waitUntil(() => seen.end || !socket.connecting)
    return { socket, seen }
  }

  it('passes on all that is said, both ends of the conversation included', async () => {
    const { socket, seen } = await open()
    const said = 'x'.repeat(3_000_000)

    socket.end(said)

    await vi.waitUntil(() => seen.end)
    expect(seen).toEqual({ text: said, end: 'closed' })
    expect(proxy.counts()).toEqual({
      accepted: 1,
      open: 0,
      bytesToTarget: said.length,
      bytesFromTarget: said.length,
    })
  })

  it('that is cut resets what is open and refuses what is new, until it is restored', async () => {
    const { socket, seen } = await open()
    socket.write('one')
    await vi.waitUntil(() => seen.text === 'one')

    await proxy.cut()

    await vi.waitUntil(() => seen.end)
    expect(seen.end).toBe('ECONNRESET')
    expect((await open()).seen.end).toBe('ECONNREFUSED')
    await vi.waitUntil(() => peers.size === 0)
    await proxy.restore()
    const again = await open()
    again.socket.end('two')
    await vi.waitUntil(() => again.seen.end)
    expect(again.seen).toEqual({ text: 'two', end: 'closed' })
  })

  it('that is stalled takes everything and says nothing, until it is restored', async () => {
    const { socket, seen } = await open()
    proxy.stall()
    const late = await open()

    socket.write('one')
    late.socket.end('two')
    await delay(100)
    expect([seen, late.seen]).toEqual([
      { text: '', end: '' },
      { text: '', end: '' },
    ])

    await proxy.restore()
    await vi.waitUntil(() => seen.text && late.seen.end)
    expect([seen.text, late.seen.text, late.seen.end]).toEqual(['one', 'two', 'closed'])
    socket.destroy()
  })

  it('that is stalled does not tell one end that the other is gone', async () => {
    const { socket, seen } = await open()
    socket.write('one')
    await vi.waitUntil(() => seen.text)
    proxy.stall()

    socket.resetAndDestroy()
    await delay(100)

    expect(peers.size).toBe(1)
    await proxy.restore()
    await vi.waitUntil(() => peers.size === 0)
  })

  it('that is slow is late, and carries no more than it may', async () => {
    const { socket, seen } = await open()
    const started = performance.now()
    proxy.slow({ bytesPerSecond: 20_000, latencyMs: 50 })

    socket.write('x'.repeat(4_000))
    await vi.waitUntil(() => seen.text.length > 0)
    const first = performance.now() - started
    await vi.waitUntil(() => seen.text.length === 4_000)
    const last = performance.now() - started

    expect(first).toBeGreaterThan(99)
    expect(last).toBeGreaterThan(290)
    expect(last).toBeLessThan(1_500)
    proxy.slow({ latencyMs: 1 })
    socket.end('y')
    await vi.waitUntil(() => seen.end)
    expect(seen.text).toBe(`${'x'.repeat(4_000)}y`)
  })

  it('in front of nobody resets its clients', async () => {
    const lonely = await startTcpProxy({ target: { socket: join(folder, 'nobody.sock') } })
    const socket = connect(lonely.port, '127.0.0.1')
    const code = await new Promise((resolve) => {
      socket.once('error', (cause: NodeJS.ErrnoException) => resolve(cause.code))
    })

    expect(code).toBe('ECONNRESET')
    expect(lonely.counts().open).toBe(0)
    await lonely.stop()
  })

  it('can listen on a Unix socket', async () => {
    const listen = { socket: join(folder, 'proxy.sock') }
    const local = await startTcpProxy({ target: { socket: join(folder, 'echo.sock') }, listen })
    const socket = connect(listen.socket)
    socket.end('hello')
    const [first] = await socket.toArray()

    expect(String(first)).toBe('hello')
    await local.cut()
    await local.restore()
    await local.stop()
  })
})
