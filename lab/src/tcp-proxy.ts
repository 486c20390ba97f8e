import { chmod, rm } from 'node:fs/promises'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { breakOff, type Lane, openLane, openTraffic, type Traffic } from './proxy/lane.ts'
import { steadyPort } from './steady-port.ts'

/** A port of 127.0.0.1, or the path of a Unix socket. */
export type ProxyEnd = { readonly port: number } | { readonly socket: string }

export interface TcpProxyOptions {
  readonly target: ProxyEnd
  /** Default: a free port that stays free while the proxy refuses. */
  readonly listen?: ProxyEnd
}

export interface SlowOptions {
  /** For each direction, all connections together. Default: no limit. */
  readonly bytesPerSecond?: number
  /** Milliseconds for each way. Default: none. */
  readonly latencyMs?: number
}

export interface ProxyCounts {
  /** Connections taken since the start. */
  readonly accepted: number
  readonly open: number
  /** Bytes passed on to the target and from it. */
  readonly bytesToTarget: number
  readonly bytesFromTarget: number
}

/** A network between two parts that can be bad; it runs in this process. */
export interface TcpProxy {
  /** `127.0.0.1:<port>`, or the path of the socket. */
  readonly address: string
  /** 0 for a Unix socket. */
  readonly port: number
  /** Resets every connection and refuses new ones. */
  cut(): Promise<void>
  /** Resets every connection and takes new ones. */
  reset(): void
  /** Keeps connections and takes new ones, and passes on nothing, either way: a dead peer that nobody hears of. */
  stall(): void
  slow(options: SlowOptions): void
  /** Ends `cut`, `stall` and `slow`; what a stall held back goes on. */
  restore(): Promise<void>
  counts(): ProxyCounts
  stop(): Promise<void>
}

/** One connection of a client and ours to the target. */
interface Pair {
  readonly ends: readonly [Socket, Socket]
  readonly lanes: readonly [Lane, Lane]
}

/**
 * Starts it; the target need not be there yet.
 * @throws Error when it cannot listen there
 */
export async function startTcpProxy({ target, listen }: TcpProxyOptions): Promise<TcpProxy> {
  const place = listen ?? { port: await steadyPort() }
  const pairs = new Set<Pair>()
  const traffic = [openTraffic(), openTraffic()] as const
  let accepted = 0
  let server: Server | undefined

  function take(client: Socket): void {
    accepted += 1
    // Half-closed connections are the client's right: each end is passed on by its own lane.
    const upstream = connect({ ...pathOf(target), allowHalfOpen: true })
    const pair: Pair = {
      ends: [client, upstream],
      lanes: [openLane(client, upstream, traffic[0]), openLane(upstream, client, traffic[1])],
    }
    pairs.add(pair)
    for (const end of pair.ends) {
      end.once('close', () => {
        if (pair.ends.every((one) => one.destroyed)) pairs.delete(pair)
      })
    }
  }

  async function open(): Promise<void> {
    if (server) return
    server = await listenAt(place, take)
  }

  async function refuse(): Promise<void> {
    const closing = server
    server = undefined
    const closed = closing && new Promise<void>((resolve) => closing.close(() => resolve()))
    reset()
    await closed
  }

  function reset(): void {
    for (const { ends } of pairs) for (const end of ends) breakOff(end)
    pairs.clear()
  }

  function rule(change: Partial<Traffic>): void {
    for (const direction of traffic) Object.assign(direction, change)
    for (const { lanes } of pairs) for (const lane of lanes) lane.reconsider()
  }

  await open()
  return {
    address: 'port' in place ? `127.0.0.1:${place.port}` : place.socket,
    port: 'port' in place ? place.port : 0,
    cut: refuse,
    reset,
    stall: () => rule({ isStalled: true }),
    slow: ({ bytesPerSecond = Number.POSITIVE_INFINITY, latencyMs = 0 }) =>
      rule({ bytesPerSecond, latencyMs, freeAt: 0 }),
    async restore() {
      const { passed: _, ...undisturbed } = openTraffic()
      rule(undisturbed)
      await open()
    },
    counts: () => ({
      accepted,
      open: pairs.size,
      bytesToTarget: traffic[0].passed,
      bytesFromTarget: traffic[1].passed,
    }),
    async stop() {
      await refuse()
      if ('socket' in place) await rm(place.socket, { force: true })
    },
  }
}

async function listenAt(place: ProxyEnd, take: (client: Socket) => void): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, take)
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.once('error', reject)
  server.listen('port' in place ? { port: place.port, host: '127.0.0.1' } : { path: place.socket }, resolve)
  await promise
  // What may be behind it is for whoever started it alone.
  if ('socket' in place) await chmod(place.socket, 0o600)
  return server
}

function pathOf(end: ProxyEnd) {
  return 'port' in end ? { port: end.port, host: '127.0.0.1' } : { path: end.socket }
}
