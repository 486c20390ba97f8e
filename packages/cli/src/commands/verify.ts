import { parseArgs } from 'node:util'
import { requireConfig } from '@slipway/config-file'
import { asSlipwayError, type Clock, type Verification } from '@slipway/core'
import { askRedis, type MaintenanceDesk } from '@slipway/store'
import { adviceFor } from '../advice-for.ts'
import { awaitAnswer } from '../await-answer.ts'
import { chosenHosts } from '../chosen-hosts.ts'
import type { Command } from '../command.ts'
import { configOption, configPath } from '../config-path.ts'
import { exitCodes } from '../exit-codes.ts'
import { findProject } from '../find-project.ts'
import { readTimeout } from '../read-timeout.ts'
import { UsageError } from '../usage-error.ts'
import { verificationLines } from '../verification-lines.ts'
import { withDesk } from '../with-desk.ts'

export const verify: Command = {
  name: 'verify',
  summary: 'say whether the live release is still what was deployed',
  help: `usage: slipway verify PROJECT [--host HOST] [--quick] [--timeout TIME] [--json] [--config FILE]

Compares the live release on each host with its manifest and names the files that were added, changed or are missing. Not
looked at is what lies in shared/ and below \`release.writable\`. The worker of the host looks; it does nothing else.
  --host HOST      only this host
  --quick          read only files whose inode, size or times differ: finds all that was not done by root
  --timeout TIME   how long a worker may take, such as 90s (default: 2m)
  --json           the same as JSON

Exit codes: 0 as deployed on every host, 3 something differs on one, 1 nothing differs but a host could not look.`,

  async run(args, context) {
    const { environment, clock, out, say } = context
    const { values, positionals } = parseArgs({
      args: [...args],
      options: {
        ...configOption,
        host: { type: 'string' },
        quick: { type: 'boolean', default: false },
        timeout: { type: 'string', default: '2m' },
        json: { type: 'boolean', default: false },
      },
      allowPositionals: true,
    })
    const [name, ...further] = positionals
    if (name === undefined || further.length > 0) throw new UsageError('give one project.')
    const timeout = readTimeout(values.timeout)
    const config = await requireConfig(configPath(values.config, environment))
    const hosts = chosenHosts(findProject(config, name).hosts, values.host, 'the project')

    return withDesk(config, context, async ({ desk }) => {
      const ask = (host: string) =>
        verifyOn(desk, clock, { project: name, host, quick: values.quick, timeout })
      const found = await Promise.all(hosts.map(ask))
      if (values.json) out(JSON.stringify(found, null, 2))
      else for (const line of found.flatMap(verificationLines)) out(line)
      for (const { outcome, host, errorCode, why } of found)
        if (outcome === 'failed') say([`${host}: ${errorCode}: ${why}`, adviceFor(errorCode)].join('\n'))
      return exitCodeFor(found)
    })
  },
}

interface Asked {
  readonly project: string
  readonly host: string
  readonly quick: boolean
  readonly timeout: number
}

/** One host that does not answer must not hide what the others found. */
async function verifyOn(desk: MaintenanceDesk, clock: Clock, asked: Asked): Promise<Verification> {
  const { project, host, quick, timeout } = asked
  try {
    const request = await askRedis(desk.verify(host, project, quick))
    return await awaitAnswer({ desk, answer: desk.verification, host, request, timeout })
  } catch (error) {
    const { code, message } = asSlipwayError(error)
    const nothing = { report: null, strayed: null, outcome: 'failed' } as const
    return { project, host, at: clock.now(), quick, ...nothing, errorCode: code, why: message }
  }
}

function exitCodeFor(found: readonly Verification[]): number {
  if (found.some(({ outcome }) => outcome === 'drift')) return exitCodes.drift
  return found.every(({ outcome }) => outcome === 'clean') ? exitCodes.ok : exitCodes.failed
}
