import { randomBytes } from 'node:crypto'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { run } from './command.ts'
import { freePort } from './free-port.ts'
import { image } from './images.ts'
import { ensureMachine } from './machine.ts'
import { poll } from './poll.ts'
import { runLabel, thisRun } from './run-id.ts'

const say = () => {}

it('the nginx of the example shows its page while maintenance.on lies in the release root', async () => {
  const root = await mkdtemp(join(tmpdir(), 'slipway-lab-site-'))
  onTestFinished(() => rm(root, { recursive: true, force: true }))
  const url = await startNginx(root)
  await poll(async () => (await ask(url)).status === 200, { what: 'nginx' })

  await writeFile(join(root, 'maintenance.on'), '{}')
  const during = await Promise.all([ask(url), ask(url, 'POST'), ask(`${url}app.css`), ask(`${url}health`)])
  await rm(join(root, 'maintenance.on'))
  const after = await ask(url)

  for (const answer of during) {
    expect(answer).toMatchObject({ status: 503, retryAfter: '30', type: 'text/html; charset=utf-8' })
    expect(answer.body).toContain('Back in a moment')
  }
  expect(after).toMatchObject({ status: 200, body: 'all is well' })
})

/** Without php-fpm: it serves files alone, and what it cannot reach has to have a name. */
async function startNginx(root: string): Promise<string> {
  const machine = await ensureMachine({ stateDir: root, say })
  if (!machine.ok) throw new Error(machine.why)
  onTestFinished(machine.stop)
  await mkdir(join(root, 'current/public'), { recursive: true })
  await writeFile(join(root, 'current/public/index.html'), 'all is well')
  await chmod(root, 0o755)
  const port = await freePort()
  const name = `slipway-lab-${randomBytes(3).toString('hex')}-nginx`
  onTestFinished(async () => void (await run('docker', ['rm', '--force', '--volumes', name])))
  await run('docker', [
    ...['run', '--detach', '--name', name, '--label', `${runLabel}=${thisRun}`],
    ...['--add-host', 'php-fpm:127.0.0.1', '--publish', `127.0.0.1:${port}:80`],
    ...['--volume', `${root}:/srv/site:ro`, await image('nginx', { say })],
  ])
  return `http://127.0.0.1:${port}/`
}

async function ask(url: string, method = 'GET') {
  const at = url.endsWith('/') ? `${url}index.html` : url
  const { status, headers, text } = await fetch(at, { method, signal: AbortSignal.timeout(5_000) }).then(
    async (answer) => ({ status: answer.status, headers: answer.headers, text: await answer.text() }),
    () => ({ status: 0, headers: new Headers(), text: '' }),
  )
  return { status, retryAfter: headers.get('retry-after'), type: headers.get('content-type'), body: text }
}
