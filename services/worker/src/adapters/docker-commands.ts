import type Docker from 'dockerode'
import type { ContainerCommand, ContainerCommands } from '../ports/container-commands.ts'
import { callEngine, statusOf } from './docker-errors.ts'
import { followExec } from './docker-exec.ts'

const callDeadline = 60_000

/** Commands by `exec` of the engine of this host. */
export function createDockerCommands(docker: Docker): ContainerCommands {
  return {
    async run({ container, command }, onLine, signal) {
      const { exitCode } = await callEngine(`running ${command[0]} in ${container}`, signal, () =>
        followExec(docker.getContainer(container), command, signal, { onLine }),
      )
      return exitCode
    },

    async isRunning(what, signal) {
      const limited = AbortSignal.any([signal, AbortSignal.timeout(callDeadline)])
      return callEngine(`looking for ${what.command[0]} in ${what.container}`, signal, async () => {
        const facts = await docker.getContainer(what.container).inspect({ abortSignal: limited })
        for (const id of facts.ExecIDs ?? []) if (await isSame(docker, id, what, limited)) return true
        return false
      })
    },
  }
}

async function isSame(
  docker: Docker,
  id: string,
  { command }: ContainerCommand,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    const { Running: isRunning, ProcessConfig: process } = await docker
      .getExec(id)
      .inspect({ abortSignal: signal })
    const words = [process?.entrypoint, ...(process?.arguments ?? [])]
    return isRunning && words.length === command.length && words.every((word, at) => word === command[at])
  } catch (error) {
    // It ended between the two looks.
    if (statusOf(error) === 404) return false
    throw error
  }
}
