import { describe, expect, it } from 'vitest'
import type { ContainerCommands } from '../../src/ports/container-commands.ts'
import { calm, failureOf } from '../failure.ts'

export interface CommandsFixture {
  readonly commands: ContainerCommands
  readonly running: string
  readonly missing: string
  /** Commands by what they do: `speaks` prints `one` and `two` and ends with 3, `waits` does not end. */
  readonly words: Readonly<Record<'speaks' | 'waits', readonly string[]>>
}

/** What every ContainerCommands keeps. `make` gives a container in which nothing runs yet. */
export function describeContainerCommands(name: string, make: () => Promise<CommandsFixture>): void {
  describe(`${name} for commands in containers`, () => {
    it('gives the lines and the exit code', async () => {
      const { commands, running, words } = await make()
      const lines: string[] = []

      const what = { container: running, command: words.speaks }
      const exitCode = await commands.run(what, (line) => lines.push(line), calm)

      expect(exitCode).toBe(3)
      expect(lines.toSorted()).toEqual(['one', 'two'])
      expect(await commands.isRunning(what, calm)).toBe(false)
    })

    it('ends the waiting when the signal fires, and tells that the command still runs', async () => {
      const { commands, running, words } = await make()
      const stop = new AbortController()
      const reason = new Error('enough')
      const what = { container: running, command: words.waits }
      const run = expect(commands.run(what, () => {}, stop.signal)).rejects.toBe(reason)
      await expect.poll(() => commands.isRunning(what, calm), { timeout: 10_000 }).toBe(true)

      stop.abort(reason)

      await run
      expect(await commands.isRunning(what, calm)).toBe(true)
      expect(await commands.isRunning({ ...what, command: words.speaks }, calm)).toBe(false)
    })

    it('fails for a container that is not there', async () => {
      const { commands, missing, words } = await make()
      const what = { container: missing, command: words.speaks }

      expect((await failureOf(commands.run(what, () => {}, calm))).code).toBe('ENGINE_FAILED')
      expect((await failureOf(commands.isRunning(what, calm))).code).toBe('ENGINE_FAILED')
    })
  })
}
