import type { Bars, BenchOptions } from '../bars.ts'
import { say } from '../figures.ts'
import { rollBack } from './go-live.ts'
import type { Live } from './open-live.ts'
import { sendVisitors } from './visitors.ts'

/** Deploys and rollbacks under visitors, until so many requests were sent; none of them may fail. */
export async function comeAndGo(live: Live, bars: Bars, { quick }: BenchOptions): Promise<void> {
  const [requests, turns] = quick ? [300, 1] : [10_000, 4]
  const visitors = await sendVisitors({ url: live.url, connections: 8, pause: 2 })
  let turn = 0
  try {
    while (turn < turns || visitors.progress() < requests) {
      turn += 1
      await live.push('site', `turn-${turn}`)
      await live.host.deploy('site', `turn-${turn}`)
      await rollBack(live)
    }
  } finally {
    const { total, failures, answers, slowest } = await visitors.stop()
    const failed = Object.values(failures).reduce((sum, count) => sum + count, 0)
    say(
      `\n${total} requests on kept connections during ${turn} deploys and ${turn} rollbacks: ${failed} failed ` +
        `${failed > 0 ? JSON.stringify(failures) : ''}, slowest ${slowest.toFixed(0)} ms, answers ${JSON.stringify(answers)}`,
    )
    bars.atMost('failed requests', failed, 0)
  }
}
