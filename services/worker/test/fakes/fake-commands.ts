import { SlipwayError } from '@slipway/core'
import type { ContainerCommand, ContainerCommands } from '../../src/ports/container-commands.ts'
import type { Program } from './fake-engine.ts'

export interface FakeCommands extends ContainerCommands {
  /** Names of the containers that run. */
  readonly containers: Set<string>
  /** What commands do, by their first word; without an exit code they never end. */
  readonly programs: Map<string, Program>
  /** Every command that was begun, in order. */
  readonly ran: ContainerCommand[]
  /** First words of the commands that run now. */
  readonly running: Set<string>
}

const notFoundExitCode = 127

export function createFakeCommands(...containers: readonly string[]): FakeCommands {
  const commands: FakeCommands = {
    containers: new Set(containers),
    programs: new Map(),
    ran: [],
    running: new Set(),
    async run({ container, command }, onLine, signal) {
      signal.throwIfAborted()
      requireRunning(commands, container)
      const [word = ''] = command
      const program = commands.programs.get(word) ?? { exitCode: notFoundExitCode }
      commands.ran.push({ container, command })
      for (const line of program.lines ?? []) onLine(line)
      if (program.exitCode !== undefined) return program.exitCode
      commands.running.add(word)
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    },
    async isRunning({ container, command }, signal) {
      signal.throwIfAborted()
      requireRunning(commands, container)
      return commands.running.has(command[0] ?? '')
    },
  }
  return commands
}

function requireRunning({ containers }: FakeCommands, container: string): void {
  if (!containers.has(container))
    throw new SlipwayError('ENGINE_FAILED', `The engine refused: no container ${container} runs.`)
}
