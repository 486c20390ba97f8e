import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { isIP } from 'node:net'
import type { HealthCheck } from '@slipway/core'
import type { Look } from '../ports/site-probe.ts'

type HttpCheck = Extract<HealthCheck, { readonly url: string }>

/** So much of an answer is searched for `text`. */
const longestSearched = 65_536

/** Asks once, without following a redirect: that is an answer like any other. `fetch` would not let the Host be set. */
export async function lookByHttp(check: HttpCheck, signal: AbortSignal): Promise<Look> {
  const response = await ask(check, signal)
  try {
    const status = response.statusCode ?? 0
    const answered = `answered ${status}`
    if (!check.status.includes(status)) return { result: 'unwell', said: answered }
    if (check.text === undefined) return { result: 'well', said: answered }
    return (await contains(response, check.text))
      ? { result: 'well', said: `${answered}, with the text` }
      : { result: 'unwell', said: `${answered}, without the text ${JSON.stringify(check.text)}` }
  } finally {
    response.destroy()
  }
}

async function ask(check: HttpCheck, signal: AbortSignal): Promise<IncomingMessage> {
  const url = new URL(check.url)
  const options: RequestOptions = {
    method: check.method,
    headers: {
      'user-agent': 'slipway-check',
      ...check.headers,
      ...(check.host === undefined ? {} : { host: check.host }),
    },
    // A connection of its own each time: one that was kept could still reach what served before.
    agent: false,
    signal,
  }
  const request =
    url.protocol === 'https:'
      ? httpsRequest(url, { ...options, servername: serverName(check.host ?? url.hostname) })
      : httpRequest(url, options)
  // What fails later than the answer fails in the answer.
  request.on('error', () => {})
  request.end()
  const [response] = (await once(request, 'response', { signal })) as [IncomingMessage]
  response.on('error', () => {})
  return response
}

/** The name that the certificate has to bear. TLS knows no name for an address. */
function serverName(host: string): string {
  const name = host.replace(/:\d+$/, '')
  return isIP(name.replace(/^\[|\]$/g, '')) ? '' : name
}

async function contains(response: IncomingMessage, text: string): Promise<boolean> {
  const wanted = Buffer.from(text)
  const seen = Buffer.alloc(longestSearched)
  let length = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    const from = Math.max(0, length - wanted.length)
    length += chunk.copy(seen, length)
    if (seen.subarray(from, length).includes(wanted)) return true
    if (length === longestSearched) return false
  }
  return false
}
