import type { FaultStack } from './fault-stack.ts'

/** What a sender sees of its call. */
export interface HookAnswer {
  readonly status: number
  /** Seconds; null without the header. */
  readonly retryAfter: number | null
  readonly milliseconds: number
}

/** Calls the hook `acr` with a stopwatch; `ingestUrl` when another ingest than the stack's is meant. */
export async function callHook(
  { config, ingestUrl }: Pick<FaultStack, 'config' | 'ingestUrl'>,
  project: string,
  digest: string,
  tag = 'latest',
): Promise<HookAnswer> {
  const body = {
    push_data: { digest, pushed_at: '2026-11-18 09:41:07', tag },
    repository: { name: project, namespace: 'acme', repo_full_name: `acme/${project}` },
  }
  const begun = performance.now()
  const answer = await fetch(`${ingestUrl}/webhooks/acr?token=${config.hookSecret}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(10_000),
  })
  await answer.body?.cancel()
  const retryAfter = answer.headers.get('retry-after')
  return {
    status: answer.status,
    retryAfter: retryAfter === null ? null : Number(retryAfter),
    milliseconds: performance.now() - begun,
  }
}

/** The status of `GET /readyz`. */
export async function readiness({ ingestUrl }: Pick<FaultStack, 'ingestUrl'>): Promise<number> {
  const answer = await fetch(`${ingestUrl}/readyz`, { signal: AbortSignal.timeout(10_000) })
  await answer.body?.cancel()
  return answer.status
}
