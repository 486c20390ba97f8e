import type { FaultStack } from './fault-stack.ts'

/** Bull Board as the browser of a logged-in operator uses it. */
export interface BoardClient {
  /** `path` is below the queue: `pause`, `<job>/retry`. Gives the status. */
  put(queue: string, path: string, body?: object): Promise<number>
  patch(queue: string, path: string, body: object): Promise<number>
}

export async function logInToBoard({
  opsUrl,
  config,
}: Pick<FaultStack, 'opsUrl' | 'config'>): Promise<BoardClient> {
  const sameOrigin = { 'sec-fetch-site': 'same-origin' }
  const login = await fetch(`${opsUrl}/login`, {
    method: 'POST',
    redirect: 'manual',
    headers: { ...sameOrigin, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ token: config.opsToken }),
  })
  await login.body?.cancel()
  const cookie = login.headers.getSetCookie()[0]?.split(';')[0]
  if (!cookie) throw new Error(`the login answered ${login.status} and gave no session`)

  async function send(method: string, queue: string, path: string, body?: object): Promise<number> {
    const answer = await fetch(`${opsUrl}/queues/api/queues/${queue}/${path}`, {
      method,
      headers: { ...sameOrigin, cookie, 'content-type': 'application/json' },
      body: JSON.stringify(body ?? {}),
      signal: AbortSignal.timeout(10_000),
    })
    await answer.body?.cancel()
    return answer.status
  }
  return {
    put: (queue, path, body) => send('PUT', queue, path, body),
    patch: (queue, path, body) => send('PATCH', queue, path, body),
  }
}
