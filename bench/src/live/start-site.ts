import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { SiteServerOptions } from '@slipway/lab'

export interface Site {
  readonly url: string
  stop(): Promise<unknown>
}

export async function startSite(workerData: SiteServerOptions): Promise<Site> {
  const thread = new Worker(new URL('site-thread.ts', import.meta.url), { workerData })
  const [url] = await once(thread, 'message')
  return { url: String(url), stop: () => thread.terminate() }
}
