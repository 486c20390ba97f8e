import type { Socket } from 'node:net'

/** What one direction of a proxy does with what comes through it now. */
export interface Traffic {
  /** Nothing is read and nothing is passed on. */
  isStalled: boolean
  /** Bytes a second, all connections together. */
  bytesPerSecond: number
  /** Milliseconds that each byte is late. */
  latencyMs: number
  /** When the link has sent what it was given so far, in milliseconds of `performance.now()`. */
  freeAt: number
  /** Bytes passed on so far. */
  passed: number
}

/** One direction of one connection. */
export interface Lane {
  /** To be called when the traffic's rules have changed. */
  reconsider(): void
}

/** Undelayed and unlimited. */
export function openTraffic(): Traffic {
  return { isStalled: false, bytesPerSecond: Number.POSITIVE_INFINITY, latencyMs: 0, freeAt: 0, passed: 0 }
}

interface Parcel {
  readonly what: Buffer | 'end' | 'reset'
  /** Not before this moment of `performance.now()`. */
  readonly due: number
}

const mostWaiting = 256 * 1024
// A slow link trickles; it does not send 64 KiB at once and then sleeps.
const parcelsASecond = 20

/** Passes on what `from` says to `to`, its end included, in the way that `traffic` rules at each moment. */
export function openLane(from: Socket, to: Socket, traffic: Traffic): Lane {
  const parcels: Parcel[] = []
  let waiting = 0
  let isFull = false
  let timer: NodeJS.Timeout | undefined

  function take(bytes: Buffer): void {
    for (const piece of pieces(bytes, traffic.bytesPerSecond)) {
      const now = performance.now()
      traffic.freeAt = Math.max(traffic.freeAt, now) + (piece.length / traffic.bytesPerSecond) * 1000
      parcels.push({ what: piece, due: traffic.freeAt + traffic.latencyMs })
      waiting += piece.length
    }
    work()
  }

  function work(): void {
    clearTimeout(timer)
    timer = undefined
    while (!traffic.isStalled && !isFull && !to.destroyed) {
      const next = parcels[0]
      if (!next) break
      const early = next.due - performance.now()
      if (early > 1) {
        timer = setTimeout(work, early)
        break
      }
      parcels.shift()
      deliver(next)
    }
    if (traffic.isStalled || waiting > mostWaiting) from.pause()
    else from.resume()
  }

  function deliver({ what }: Parcel): void {
    if (what === 'end') {
      to.end()
    } else if (what === 'reset') {
      breakOff(to)
    } else {
      waiting -= what.length
      traffic.passed += what.length
      isFull = !to.write(what)
    }
  }

  function finish(what: 'end' | 'reset'): void {
    parcels.push({ what, due: Math.max(parcels.at(-1)?.due ?? 0, performance.now() + traffic.latencyMs) })
    work()
  }

  from.on('data', take)
  from.on('end', () => finish('end'))
  // Through a link that is stalled the other end does not hear of it either.
  from.on('error', () => finish('reset'))
  to.on('drain', () => {
    isFull = false
    work()
  })
  work()

  return {
    reconsider() {
      // What was delayed by older rules goes by the new ones.
      const due = performance.now() + traffic.latencyMs
      for (const [index, parcel] of parcels.entries()) {
        parcels[index] = { ...parcel, due: Math.min(parcel.due, due) }
      }
      work()
    },
  }
}

function pieces(bytes: Buffer, bytesPerSecond: number): Buffer[] {
  const size = Math.max(1, Math.floor(bytesPerSecond / parcelsASecond))
  if (bytes.length <= size) return [bytes]
  const count = Math.ceil(bytes.length / size)
  return Array.from({ length: count }, (_, index) => bytes.subarray(index * size, (index + 1) * size))
}

/** Ends a connection so that its peer sees a reset, where there is such a thing. */
export function breakOff(socket: Socket): void {
  if (socket.destroyed) return
  try {
    socket.resetAndDestroy()
  } catch {
    // Unix sockets know no reset.
    socket.destroy()
  }
}
