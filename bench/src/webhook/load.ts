import autocannon from 'autocannon'

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

/** Sends a number of calls and wants each of them accepted: a rate of refusals would be no rate. */
export async function send({ url, connections, amount, headers, body }: Load): Promise<Answered> {
  const result = await autocannon({ url, connections, amount, headers: { ...headers }, body, method: 'POST' })
  if (result['2xx'] !== amount)
    throw new Error(`${amount - result['2xx']} of ${amount} calls to ${url} were not accepted`)
  const seconds = result.duration
  return { rate: amount / seconds, p50: result.latency.p50, p99: result.latency.p99 }
}
