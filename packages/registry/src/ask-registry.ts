import { authorized } from './authorize.ts'
import type { Call } from './call.ts'
import { exchange, type HttpAnswer } from './exchange.ts'

/** GET of something of the call's repository, with whatever authorization the registry takes. */
export function askRegistry(
  call: Call,
  path: string,
  { accept, limit }: { readonly accept: string; readonly limit: number },
): Promise<HttpAnswer> {
  const url = new URL(`/v2/${call.repository}/${path}`, call.endpoint.url)
  return authorized(call, (authorization) =>
    exchange(call, { method: 'GET', url, accept, authorization, limit }),
  )
}
