import { type Agent, request } from 'node:http'

const timeoutMs = 10_000

/**
 * One request for a file of a site; gives the version that answered.
 * @throws Error when the answer is not 200, breaks off or does not come in time
 */
export function ask(url: string, agent: Agent): Promise<string> {
  return new Promise((resolve, reject) => {
    const asking = request(url, { agent, signal: AbortSignal.timeout(timeoutMs) }, (answer) => {
      answer.resume()
      answer.once('error', reject)
      answer.once('end', () => {
        if (answer.statusCode === 200) resolve(String(answer.headers['x-site-version'] ?? ''))
        else reject(new Error(`HTTP ${answer.statusCode}`))
      })
    })
    asking.once('error', reject)
    asking.end()
  })
}
