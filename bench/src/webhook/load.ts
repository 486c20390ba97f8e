import { Agent, request } from 'node:http'

export interface Load {
  readonly url: string
  readonly connections: number
  readonly amount: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface Answered {
  /** Accepted calls a second. */
  readonly rate: number
  /** Milliseconds. */
  readonly p50: number
  readonly p99: number
}

/**
 * Sends a number of calls over connections that are kept, each as soon as the one before it is answered, and wants all
 * of them accepted: a rate of refusals would be no rate. Times are taken call by call, far below the millisecond.
 */
export async function send(load: Load): Promise<Answered> {
  const agent = new Agent({ keepAlive: true, maxSockets: load.connections })
  const took: number[] = []
  let left = load.amount
  const oneConnection = async () => {
    while (left > 0) {
      left -= 1
      took.push(await call(load, agent))
    }
  }
  const begun = performance.now()
  await Promise.all(Array.from({ length: load.connections }, oneConnection))
  const seconds = (performance.now() - begun) / 1_000
  agent.destroy()
  took.sort((a, b) => a - b)
  const at = (share: number) => took[Math.floor((took.length - 1) * share)] ?? Number.NaN
  return { rate: load.amount / seconds, p50: at(0.5), p99: at(0.99) }
}

function call({ url, headers, body }: Load, agent: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    const begun = performance.now()
    const calling = request(
      url,
      { agent, method: 'POST', headers: { ...headers, 'content-length': body.length } },
      (answer) => {
        answer.resume()
        answer.once('error', reject)
        answer.once('end', () => {
          if (answer.statusCode === 202) resolve(performance.now() - begun)
          else reject(new Error(`${url} answered ${answer.statusCode}`))
        })
      },
    )
    calling.once('error', reject)
    calling.end(body)
  })
}
