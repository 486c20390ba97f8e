import { describe, expect, it } from 'vitest'
import { childEnvironment } from './environment.ts'
import { startProcess } from './process.ts'

function node(script: string, isReady?: (line: string) => boolean) {
  return startProcess({
    name: 'child',
    program: process.execPath,
    args: ['-e', script],
    env: childEnvironment(),
    ...(isReady ? { isReady } : {}),
  })
}

const forever = 'setInterval(() => undefined, 1000);'

describe('startProcess', () => {
  it('waits for the line that says ready and keeps all lines', async () => {
    const child = await node(`console.log("one"); console.log("two"); ${forever}`, (line) => line === 'two')

    expect(child.lines()).toEqual(['one', 'two'])
    expect(await child.stop()).toEqual({ code: null, signal: 'SIGTERM' })
  })

  it('says what the program said when it ends before it is ready', async () => {
    const started = node('console.error("no such port"); process.exit(3)', () => false)

    await expect(started).rejects.toThrow(/ended before it was ready:\nno such port/)
  })

  it.each(['SIGKILL', 'SIGSTOP'] as const)(
    'gives a program that is doomed, also when it falls by %s before it is ready',
    async (signal) => {
      const child = await startProcess({
        name: 'child',
        program: process.execPath,
        args: ['-e', `process.kill(process.pid, '${signal}'); ${forever}`],
        env: childEnvironment(),
        isReady: () => false,
        isDoomed: true,
      })

      child.kill('SIGKILL')
      expect((await child.exited).signal).toBe('SIGKILL')
    },
  )

  it('kills a program that does not end when asked to', async () => {
    const child = await node(
      `process.on("SIGTERM", () => undefined); console.log("up"); ${forever}`,
      (line) => line === 'up',
    )

    expect(await child.stop(50)).toEqual({ code: null, signal: 'SIGKILL' })
  })

  it('keeps both outputs apart', async () => {
    const child = await node('console.log("out"); console.error("err")')

    expect(await child.exited).toEqual({ code: 0, signal: null })
    expect([child.stdout(), child.stderr()]).toEqual(['out\n', 'err\n'])
  })
})
