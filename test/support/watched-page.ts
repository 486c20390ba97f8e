import type { BrowserContext, Page } from 'playwright-core'

export interface WatchedPage {
  readonly page: Page
  /** What the page did that it should not have: messages on its console, errors, calls to others. */
  readonly complaints: readonly string[]
}

export interface WatchedPageOptions {
  /** Pixels. */
  readonly width: number
  /** The only one that may be asked for anything. */
  readonly origin: string
}

/** A page that is watched for what it does behind what it shows. Broken rules of its policy are errors on its console. */
export async function watchedPage(
  context: BrowserContext,
  { width, origin }: WatchedPageOptions,
): Promise<WatchedPage> {
  const page = await context.newPage()
  await page.setViewportSize({ width, height: 800 })
  const complaints: string[] = []
  page.on('console', (message) => void complaints.push(`${message.type()}: ${message.text()}`))
  page.on('pageerror', (error) => void complaints.push(`error: ${error.message}`))
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== origin) complaints.push(`asked ${request.url()}`)
  })
  page.on('response', (response) => {
    if (response.status() >= 400) complaints.push(`${response.status()} from ${response.url()}`)
  })
  return { page, complaints }
}
