import { engineAnswers, removeEngine, startEngine } from './machine/engine.ts'
import { installMissing, type Need } from './machine/packages.ts'

/** What the lab can be asked to have ready; `engine` is always. */
export type MachineNeed = 'redis' | 'chromium'

export interface MachineOptions {
  /** Folder for logs of what is started. */
  readonly stateDir: string
  readonly needs?: readonly MachineNeed[]
  /** Called with one line for each long step. */
  readonly say: (line: string) => void
  readonly signal?: AbortSignal | undefined
}

export type Machine =
  | {
      readonly ok: true
      /** True when no engine ran before and the lab started one; `stop` ends that one. */
      readonly startedEngine: boolean
      /** What removes all that the lab keeps here between runs. */
      readonly removeCache: string
      stop(): Promise<void>
    }
  | { readonly ok: false /** In one line, with what to do. */; readonly why: string }

/**
 * Makes sure that a Docker engine and the programs that are asked for are there: installs what is missing (root or
 * `sudo` without a password, on Debian and Ubuntu) and starts an engine when none answers. Quick when all is there.
 */
export async function ensureMachine(options: MachineOptions): Promise<Machine> {
  const { needs = [], signal } = options
  const answers = await engineAnswers()
  const missing = await installMissing(
    [...(answers ? [] : engineNeeds), ...needs.map((need) => programs[need])],
    options,
  )
  if (missing) return { ok: false, why: missing }
  // Newer releases have the client in a package of its own.
  const client = await installMissing([{ program: 'docker', packages: ['docker-cli'] }], options)
  if (client) return { ok: false, why: client }
  // It may be that only the client was missing.
  if (answers || (await engineAnswers()))
    return { ok: true, startedEngine: false, removeCache: removeImages, stop: async () => undefined }
  signal?.throwIfAborted()

  const engine = await startEngine(options)
  return engine.ok ? { ok: true, startedEngine: true, removeCache: removeEngine, stop: engine.stop } : engine
}

const removeImages =
  "docker image ls --format '{{.Repository}}:{{.Tag}}' --filter reference='slipway-lab/*' | xargs -r docker image rm"

const engineNeeds: readonly Need[] = [
  { program: 'docker', packages: ['docker.io', 'iptables'] },
  { program: 'dockerd', packages: ['docker.io', 'iptables'] },
  { program: 'iptables', packages: ['iptables'] },
]

const programs: Readonly<Record<MachineNeed, Need>> = {
  redis: { program: 'redis-server', packages: ['redis-server'] },
  chromium: { program: 'chromium', packages: ['chromium'] },
}
