import { once } from 'node:events'
import { mkdtemp, open, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type FaultStack, startFaultStack } from '../support/fault-stack.ts'
import { rewriteConfig } from '../support/rewrite-config.ts'

interface Heard {
  readonly event: string
  readonly text: string
  readonly project: string
  readonly host: string
}

const files = { 'public/lib.php': "<?php return 'as deployed';\n", 'public/old.php': '<?php\n' }
const tampered = "<?php return 'not so well';\n"

let folder = ''
let chat: Server
let stack: FaultStack
const heard: Heard[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-v-'))
  chat = createServer(async (request, response) => {
    heard.push((await json(request)) as Heard)
    // Whoever hears of what is live never answers.
    if (request.url === '/drift') response.end('ok')
  })
  chat.listen(0, '127.0.0.1')
  await once(chat, 'listening')
  const origin = `http://127.0.0.1:${(chat.address() as AddressInfo).port}`
  const notify = [
    { url: { file: join(folder, 'live') }, events: ['live'] },
    { url: { file: join(folder, 'drift') }, events: ['drift'] },
  ]
  for (const name of ['live', 'drift']) await writeFile(join(folder, name), `${origin}/${name}\n`)
  stack = await startFaultStack({ config: { notify } })
})
afterAll(async () => {
  await stack?.stop()
  chat?.closeAllConnections()
  chat?.close()
  await rm(folder, { recursive: true, force: true })
})

it('finds what somebody did to the live release, tells it once, and the next deploy is clean again', async () => {
  const first = await stack.deploy('shop', { version: 'v1', files })
  expect(await stack.cli('verify', 'shop')).toMatchObject({ code: 0 })
  // The one who never answers has heard of it, and nothing waited for the answer.
  await expect.poll(() => heard.map(({ event }) => event)).toEqual(['live'])

  const live = join(stack.root('shop'), 'releases', first.release ?? '')
  await writeFile(join(live, 'public/shell.php'), '<?php system($_GET[0]);')
  await changeInPlace(join(live, 'public/lib.php'), tampered)
  await rm(join(live, 'public/old.php'))

  await lookByTheClock()
  const drifts = () => heard.filter(({ event }) => event === 'drift')
  await expect.poll(drifts, { timeout: 10_000 }).toMatchObject([{ project: 'shop', host: 'local' }])
  expect(drifts()[0]?.text).toContain('1 added: "public/shell.php"')
  for (const depth of [['--quick'], []]) {
    const { code, stdout } = await stack.cli('verify', 'shop', ...depth)
    expect(code).toBe(3)
    expect(stdout.trimEnd().split('\n').slice(1)).toEqual([
      '  added     public/shell.php',
      '  changed   public/lib.php',
      '  missing   public/old.php',
    ])
  }

  await stack.deploy('shop', { version: 'v2', files })
  expect(await stack.cli('verify', 'shop')).toMatchObject({ code: 0 })
  expect(drifts()).toHaveLength(1)
})

/** A schedule that is new is due at once. */
async function lookByTheClock(): Promise<void> {
  await stack.killWorkers()
  const schedules = { reconcile: { every: '5s' }, verify: { every: '1h' } }
  await rewriteConfig(stack.config.workerFile('local'), { schedules })
  await stack.startWorker()
}

/** As somebody does who does not want it to be seen: same length, same time of change. */
async function changeInPlace(path: string, content: string): Promise<void> {
  const { size, atime, mtime } = await stat(path)
  expect(content).toHaveLength(size)
  const file = await open(path, 'r+')
  await file.write(content, 0)
  await file.close()
  await utimes(path, atime, mtime)
}
