import { Agent, request } from 'node:http'

/** One call of a webhook, and what it has to be answered with. */
export interface WebhookCall {
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
  readonly status: number
}

export interface Load {
  readonly url: string
  readonly connections: number
  readonly amount: number
  /** The call of a number, from 0. */
  readonly call: (number: number) => WebhookCall
  /** Of whoever sends several loads over the same connections; without, they are made for this one. */
  readonly agent?: Agent
}

export interface Answered {
  /** Calls a second. */
  readonly rate: number
  /** Milliseconds. */
  readonly p50: number
  readonly p99: number
}

/**
 * Sends a number of calls over connections that are kept, each as soon as the one before it is answered, and wants each
 * answered as it has to be: a rate of refusals would be no rate. Times are taken call by call, far below the millisecond.
 */
export async function send(loads: readonly Load[]): Promise<Answered> {
  const took: number[] = []
  let seconds = 0
  for (const load of loads) {
    const agent = load.agent ?? keepConnections(load.connections)
    let next = 0
    const oneConnection = async () => {
      while (next < load.amount) took.push(await callOnce(load, load.call(next++), agent))
    }
    const begun = performance.now()
    await Promise.all(Array.from({ length: load.connections }, oneConnection))
    seconds += (performance.now() - begun) / 1_000
    if (!load.agent) agent.destroy()
  }
  took.sort((a, b) => a - b)
  const at = (share: number) => took[Math.floor((took.length - 1) * share)] ?? Number.NaN
  return { rate: took.length / seconds, p50: at(0.5), p99: at(0.99) }
}

/** Connections that are kept, for several loads. */
export function keepConnections(connections: number): Agent {
  return new Agent({ keepAlive: true, maxSockets: connections })
}

function callOnce({ url }: Load, { body, headers, status }: WebhookCall, agent: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    const begun = performance.now()
    const calling = request(
      url,
      { agent, method: 'POST', headers: { ...headers, 'content-length': Buffer.byteLength(body) } },
      (answer) => {
        answer.resume()
        answer.once('error', reject)
        answer.once('end', () => {
          if (answer.statusCode === status) resolve(performance.now() - begun)
          else reject(new Error(`${url} answered ${answer.statusCode} and not ${status}`))
        })
      },
    )
    calling.once('error', reject)
    calling.end(body)
  })
}
