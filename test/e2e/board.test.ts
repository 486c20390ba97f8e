import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { prepareVersion } from '../support/pushes.ts'
import { type Stack, startStack } from '../support/stack.ts'

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

describe('the board in a browser', () => {
  let stack: Stack
  let browser: Browser
  let page: Page

  beforeAll(async () => {
    stack = await startStack()
    const push = await prepareVersion(stack.repository, stack.user, { variant: 'v1', version: 'v1' })
    await push()
    await stack.deployments.ended('shop', 1)
    browser = await chromium.launch(browserOptions)
    page = await browser.newPage()
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

  it('shows an operator the deploy that the push caused, with the lines of its walk', async () => {
    await page.goto(`${stack.opsUrl}/login`)
    await page.locator('input[name=token]').fill(stack.opsToken)
    await page.locator('button').click()
    await page.waitForURL(/queues/)

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
})
