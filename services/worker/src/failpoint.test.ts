import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'

const script = join(import.meta.dirname, '../test/reach-places.ts')
const places = ['before:pull', 'after:pull', 'before:pull', 'during:copy']

/** A process of its own that reaches these places. */
function start(spec: string) {
  return spawn(process.execPath, [script, spec, ...places], { stdio: ['ignore', 'pipe', 'inherit'] })
}

async function run(spec: string) {
  const child = start(spec)
  const [said, [code, signal]] = await Promise.all([text(child.stdout), once(child, 'exit')])
  return { said: said.split('\n').slice(0, -1), code, signal }
}

const all = places.map((place) => `${place} at once`)

describe('a failpoint', () => {
  it.each([
    ['kills at the first time by default', 'before:pull', [], null, 'SIGKILL'],
    ['kills where it is said', 'during:copy=kill', all.slice(0, 3), null, 'SIGKILL'],
    ['kills at the n-th time', 'before:pull#2', all.slice(0, 2), null, 'SIGKILL'],
    ['ends the process as an error would', 'after:pull=exit', all.slice(0, 1), 1, null],
    ['at the n-th time ends the process as an error would', 'before:pull#2=exit', all.slice(0, 2), 1, null],
    ['that is never reached does nothing', 'after:switch', all, 0, null],
    ['that is reached less often does nothing', 'before:pull#3', all, 0, null],
    ['that is not named does nothing', '', all, 0, null],
    ['with an action that nobody knows does nothing', 'before:pull=explode', all, 0, null],
    ['with a number that is none does nothing', 'before:pull#x', all, 0, null],
  ])('%s', async (_what, spec, said, code, signal) => {
    expect(await run(spec)).toEqual({ said, code, signal })
  })

  it('keeps the event loop from turning for as long as is said, and goes on', async () => {
    const { said, code } = await run('after:pull=block:600')

    expect(said).toEqual(all.with(1, 'after:pull late'))
    expect(code).toBe(0)
  })

  it('freezes the process until somebody wakes it', async () => {
    const child = start('after:pull=stop')
    const said = text(child.stdout)
    await once(child.stdout, 'readable')

    const woken = setInterval(() => child.kill('SIGCONT'), 20)
    const [code] = await once(child, 'exit')
    clearInterval(woken)

    expect(code).toBe(0)
    expect((await said).split('\n').slice(0, -1)).toHaveLength(places.length)
  })
})
