import { poll } from '@slipway/lab'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { prepareVersion } from '../support/pushes.ts'
import { type Stack, startStack } from '../support/stack.ts'
import { type WatchedPage, watchedPage } from '../support/watched-page.ts'

const browserOptions = {
  executablePath: '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
}

describe('the console and the board in a browser', () => {
  let stack: Stack
  let browser: Browser
  let page: Page

  beforeAll(async () => {
    stack = await startStack()
    const push = await prepareVersion(stack.repository, stack.user, { variant: 'v1', version: 'v1' })
    await push()
    await stack.deployments.ended('shop', 1)
    browser = await chromium.launch(browserOptions)
    page = await (await browser.newContext()).newPage()
  })
  afterAll(async () => {
    await browser?.close()
    await stack?.stop()
  })

  it('shows a login and nothing else to whoever has no session', async () => {
    await page.goto(`${stack.opsUrl}/queues`)

    expect(new URL(page.url()).pathname).toBe('/login')
    await page.locator('input[name=token]').fill('not the token')
    await page.locator('button').click()
    expect(await page.textContent('body')).toContain('not known')
  })

  it('shows an operator the console', async () => {
    await page.goto(`${stack.opsUrl}/login`)
    await page.locator('input[name=token]').fill(stack.opsToken)
    await page.locator('button').click()

    await page.getByRole('heading', { name: 'Projects' }).waitFor()
    await page.getByRole('link', { name: 'Bull Board' }).click()
    await page.waitForURL(/queues/)
  })

  it('shows in the board the deploy that the push caused, with the lines of its walk', async () => {
    await page.goto(`${stack.opsUrl}/queues`)

    await page.getByText('deploy-local').first().click()
    await page.goto(`${stack.opsUrl}/queues/queue/deploy-local?status=completed`)
    await page
      .getByRole('link', { name: /deploy/ })
      .first()
      .waitFor()
    await page.getByText('Logs', { exact: true }).first().click()

    await page.getByText('[switch] done').first().waitFor()
    const text = await page.textContent('body')
    expect(text).toContain('outcome: live')
    expect(text).not.toContain(stack.user.password)
    expect(text).not.toContain(stack.hookSecret)
  })

  describe('the console', () => {
    beforeAll(async () => {
      const wrong = await fetch(stack.hookUrl, { method: 'POST', body: '{}' })
      expect(wrong.status).toBe(404)
      await pruneNow(stack)
    })

    describe.each([1440, 360])('at %d pixels', (width) => {
      let watched: WatchedPage

      beforeAll(async () => {
        watched = await watchedPage(page.context(), { width, origin: stack.opsUrl })
      })
      afterAll(() => watched?.page.close())

      /** Goes where the frame of the console leads to. */
      async function open(name: string): Promise<Page> {
        const { page: shown } = watched
        await shown.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name }).click()
        await shown.getByRole('heading', { level: 1, name }).waitFor()
        return shown
      }

      it('shows what is live, and the deployment with its steps and its log', async () => {
        const { page: shown } = watched
        await shown.goto(stack.opsUrl)
        const [deployment] = await stack.deployments.list('shop')
        await shown
          .getByRole('table', { name: 'Projects' })
          .getByText('live', { exact: true })
          .first()
          .waitFor()
        await fits(shown)

        await shown.getByRole('link', { name: 'shop', exact: true }).click()
        await shown.getByRole('heading', { name: 'Deployments' }).waitFor()
        await shown
          .getByText(deployment?.release ?? 'no release')
          .first()
          .waitFor()
        await fits(shown)

        await shown.getByRole('table', { name: 'Deployments' }).getByRole('link').first().click()
        await shown.getByRole('heading', { name: `Deployment ${deployment?.id}` }).waitFor()
        await shown.getByRole('table', { name: 'Steps' }).getByText('switch').waitFor()
        await shown.getByRole('region', { name: 'Log' }).getByText('[switch] done').waitFor()
        await fits(shown)
        const text = await shown.textContent('body')
        expect(text).not.toContain(stack.user.password)
        expect(text).not.toContain(stack.hookSecret)
      })

      it('shows when each schedule comes next', async () => {
        const shown = await open('Schedules')

        const reconcile = shown.getByRole('row').filter({ hasText: 'reconcile' })
        await reconcile.getByText('every 5 min').waitFor()
        await reconcile.getByText(/in \d+ (min|s)/).waitFor()
        await fits(shown)
      })

      it('shows the record of a prune', async () => {
        const shown = await open('Prunes')
        const records = shown.getByRole('table', { name: 'Prunes of local' })
        await records.getByText('done', { exact: true }).first().waitFor()
        await records.getByRole('link').first().click()
        await shown
          .getByRole('table', { name: 'Kept' })
          .getByText('release', { exact: true })
          .first()
          .waitFor()
        await shown.getByRole('table', { name: 'Disks' }).getByText('engine').waitFor()
        await fits(shown)
      })

      it('shows a call that was refused, and why', async () => {
        const shown = await open('Refused calls')

        const sums = shown.getByRole('table', { name: 'Refused by hook and reason' })
        await sums.getByText('proof-missing').waitFor()
        await shown.getByRole('table', { name: 'Refused calls' }).getByText('127.0.0.1').first().waitFor()
        await fits(shown)
      })

      it('has asked nobody else, broken no rule of its policy, and said nothing on the console', () => {
        expect(watched.complaints).toEqual([])
      })
    })
  })
})

/** Has the worker prune, and waits until it has. */
async function pruneNow({ opsUrl, opsToken }: Stack): Promise<void> {
  const headers = { authorization: `Bearer ${opsToken}`, 'content-type': 'application/json' }
  const asked = await fetch(`${opsUrl}/api/v1/prunes`, { method: 'POST', headers, body: '{}' })
  const { requests } = (await asked.json()) as { readonly requests: readonly { readonly request: string }[] }
  await poll(
    async () => {
      const answer = await fetch(`${opsUrl}/api/v1/prunes/local/${requests[0]?.request}`, { headers })
      return ((await answer.json()) as { readonly state: string }).state === 'ended'
    },
    { what: 'the prune to end' },
  )
}

/** Nothing sticks out to the right. */
async function fits(page: Page): Promise<void> {
  expect(await page.evaluate('document.documentElement.scrollWidth - window.innerWidth')).toBeLessThanOrEqual(
    0,
  )
}
