import { once } from 'node:events'
import { connect } from 'node:net'
import type { HealthCheck } from '@slipway/core'
import type { Look } from '../ports/site-probe.ts'

/** Opens a connection and closes it again, without a word. */
export async function lookByTcp(
  { tcp }: Extract<HealthCheck, { readonly tcp: string }>,
  signal: AbortSignal,
): Promise<Look> {
  const at = tcp.lastIndexOf(':')
  const host = tcp.slice(0, at).replace(/^\[|\]$/g, '')
  const socket = connect({ host, port: Number(tcp.slice(at + 1)) })
  try {
    await once(socket, 'connect', { signal })
    return { result: 'well', said: 'took the connection' }
  } finally {
    socket.on('error', () => {})
    socket.destroy()
  }
}
