import { readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { largestOutput, runCredentialCommand } from './credential-command.ts'

const calm = new AbortController().signal

function run(script: string, signal = calm) {
  const command = [process.execPath, '-e', script]
  return runCredentialCommand({ command, timeout: 10_000, environment: {} }, signal)
}

describe('a credential command', () => {
  it('gives what it printed', async () => {
    expect(await run('console.log("one"); console.error("two")')).toEqual({ ok: true, output: 'one\n' })
  })

  it('sees PATH and HOME of its own environment, and nothing else of ours', async () => {
    const environment = { PATH: '/usr/bin', HOME: '/root', ACME_PASSWORD: 'hunter2' }
    const command = ['/usr/bin/env']

    const end = await runCredentialCommand({ command, timeout: 10_000, environment }, calm)

    expect(end).toEqual({ ok: true, output: 'PATH=/usr/bin\nHOME=/root\n' })
  })

  it('hands its arguments on as they are, without a shell', async () => {
    const command = ['/bin/echo', '$HOME; `id` > x', '*']

    expect(await runCredentialCommand({ command, timeout: 10_000, environment: {} }, calm)).toEqual({
      ok: true,
      output: '$HOME; `id` > x *\n',
    })
  })

  it('has nothing to read', async () => {
    const script = 'process.stdin.on("data", () => {}).on("end", () => console.log("end of input"))'

    expect(await run(script)).toEqual({ ok: true, output: 'end of input\n' })
  })

  it.each([
    [
      'ends with a code',
      'console.log("s3cret"); console.error("s3cret"); process.exit(3)',
      'ended with exit code 3',
    ],
    ['dies by a signal', 'process.kill(process.pid, "SIGTERM")', 'was killed by SIGTERM'],
    [
      'prints too much',
      `console.log("x".repeat(${largestOutput}))`,
      `printed more than ${largestOutput} bytes`,
    ],
  ])('is told of without its words when it %s', async (_what, script, why) => {
    expect(await run(script)).toEqual({ ok: false, why })
  })

  it('is told of when there is no such program', async () => {
    const end = runCredentialCommand({ command: ['/no/such'], timeout: 1_000, environment: {} }, calm)

    expect(await end).toEqual({ ok: false, why: 'could not be started (ENOENT)' })
  })

  it('is killed with all that it started when it takes too long', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'slipway-command-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const file = join(folder, 'pid')
    const command = ['/bin/sh', '-c', `sleep 600 & echo $! > ${file}; wait`]

    const end = await runCredentialCommand({ command, timeout: 300, environment: {} }, calm)

    expect(end).toEqual({ ok: false, why: 'did not end within 300 ms' })
    const pid = Number(await readFile(file, 'utf8'))
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false))
  })

  it('does not wait for what it leaves running', async () => {
    const command = ['/bin/sh', '-c', 'sleep 600 & echo done']

    const end = await runCredentialCommand({ command, timeout: 10_000, environment: {} }, calm)

    expect(end).toEqual({ ok: true, output: 'done\n' })
  })

  it('is killed when nobody wants it any more', async () => {
    const stop = new AbortController()
    const ending = run('setTimeout(() => {}, 600_000)', stop.signal)

    stop.abort()

    expect(await ending).toEqual({ ok: false, why: 'was stopped' })
  })
})

/** One that nobody waits for stays as a zombie, which has ended too. */
function isAlive(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}
