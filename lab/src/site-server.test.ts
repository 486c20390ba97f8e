import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type SiteServer, startSiteServer } from './site-server.ts'

describe('a site', () => {
  let root = ''
  let site: SiteServer

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'slipway-site-'))
    site = await startSiteServer({ root })
  })
  afterEach(async () => {
    await site.stop()
    await rm(root, { recursive: true })
  })

  async function release(files: Readonly<Record<string, string>>): Promise<void> {
    await mkdir(join(root, 'releases/1'), { recursive: true })
    for (const [name, content] of Object.entries({ REVISION: 'v1\n', ...files })) {
      await writeFile(join(root, 'releases/1', name), content)
    }
    await symlink('releases/1', join(root, 'current'))
  }

  async function ask(path = '/health') {
    const answer = await fetch(`${site.url}${path}`, { signal: AbortSignal.timeout(300) })
    return { status: answer.status, version: answer.headers.get('x-site-version'), text: await answer.text() }
  }

  it('is well and says which version it is', async () => {
    await release({})

    expect(await ask()).toEqual({ status: 200, version: 'v1', text: 'v1\n' })
    expect(site.checks()).toBe(1)
  })

  it('is not there before its first release', async () => {
    expect(await ask()).toMatchObject({ status: 404, version: null })
  })

  it('is as ill as its release says', async () => {
    await release({ HEALTH: '500' })
    expect(await ask()).toMatchObject({ status: 500, version: 'v1' })

    await writeFile(join(root, 'current/HEALTH'), 'hang\n')
    await expect(ask()).rejects.toThrow('timeout')

    await writeFile(join(root, 'current/HEALTH'), 'flap')
    const answers = [await ask(), await ask(), await ask()].map(({ status }) => status)
    expect(answers.toSorted()).not.toEqual([200, 200, 200])
    expect(answers[0]).toBe(answers[2])
    expect(answers[0]).not.toBe(answers[1])
  })

  it('fades a second after it was asked first', async () => {
    await release({ HEALTH: 'fade' })
    expect(await ask()).toMatchObject({ status: 200 })

    await expect.poll(async () => (await ask()).status, { timeout: 5_000 }).toBe(500)
  })

  it('gives out the files of its release', async () => {
    await release({ 'robots.txt': 'hello' })

    expect(await ask('/robots.txt')).toEqual({ status: 200, version: 'v1', text: 'hello' })
    expect((await ask('/none')).status).toBe(404)
  })
})
