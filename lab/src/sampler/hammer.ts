import { request } from 'node:http'
import { parentPort, workerData } from 'node:worker_threads'

export interface HammerTask {
  readonly url: string
  readonly connections: number
  readonly timeoutMs: number
}

export interface HammerReport {
  readonly total: number
  readonly failed: number
  /** How often a request failed for each reason: `HTTP 502`, `ECONNRESET`, `timeout`. */
  readonly reasons: Readonly<Record<string, number>>
  /** Versions (X-Site-Version) in the order in which they came, each as often as it took over from another. */
  readonly versions: readonly string[]
  /** How many answers each version gave. */
  readonly answers: Readonly<Record<string, number>>
  readonly seconds: number
  /** Milliseconds of the slowest request. */
  readonly slowestMs: number
}

const aboutTheSame = 50

if (parentPort) {
  const port = parentPort
  void pound(workerData).then((report) => port.postMessage(report))
  port.postMessage('started')
}

async function pound({ task, stopFlag }: { task: HammerTask; stopFlag: Int32Array }): Promise<HammerReport> {
  const reasons: Record<string, number> = {}
  const answers: Record<string, number> = {}
  const arrivals: { startedAt: number; version: string }[] = []
  let [total, failed, slowestMs] = [0, 0, 0]
  const begin = performance.now()

  const one = async () => {
    while (Atomics.load(stopFlag, 0) === 0) {
      const startedAt = performance.now()
      const { version, failure } = await ask(task)
      total += 1
      Atomics.store(stopFlag, 1, total)
      slowestMs = Math.max(slowestMs, performance.now() - startedAt)
      if (failure) {
        failed += 1
        reasons[failure] = (reasons[failure] ?? 0) + 1
      } else {
        answers[version] = (answers[version] ?? 0) + 1
        arrivals.push({ startedAt, version })
      }
    }
  }
  await Promise.all(Array.from({ length: task.connections }, one))
  const seconds = (performance.now() - begin) / 1000
  return { total, failed, reasons, versions: sequence(arrivals), answers, seconds, slowestMs }
}

/**
 * The order of takeovers. Requests overlap, so right after a switch an answer of the old release can still come in;
 * a version counts as back only when it is seen again after a while.
 */
function sequence(arrivals: readonly { startedAt: number; version: string }[]): string[] {
  const versions: string[] = []
  const lastSeen = new Map<string, number>()
  for (const { startedAt, version } of arrivals.toSorted((a, b) => a.startedAt - b.startedAt)) {
    const before = lastSeen.get(version)
    if (versions.at(-1) !== version && (before === undefined || startedAt - before > aboutTheSame)) {
      versions.push(version)
    }
    lastSeen.set(version, startedAt)
  }
  return versions
}

function ask({ url, timeoutMs }: HammerTask): Promise<{ version: string; failure?: string }> {
  return new Promise((resolve) => {
    const fail = (failure: string) => resolve({ version: '', failure })
    const asking = request(url, { agent: false, timeout: timeoutMs }, (response) => {
      const version = String(response.headers['x-site-version'] ?? '')
      response.resume()
      response.once('error', (cause) => fail(reasonOf(cause)))
      response.once('aborted', () => fail('aborted'))
      response.once('end', () => {
        const status = response.statusCode ?? 0
        if (status === 200) resolve({ version })
        else fail(`HTTP ${status}`)
      })
    })
    asking.once('timeout', () => asking.destroy(Object.assign(new Error('timeout'), { code: 'timeout' })))
    asking.on('error', (cause) => fail(reasonOf(cause)))
    asking.end()
  })
}

function reasonOf(cause: Error & { code?: string }): string {
  return cause.code ?? cause.message
}
