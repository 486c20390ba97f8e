import { parseArgs } from 'node:util'
import { requireConfig } from '@slipway/config-file'
import {
  asSlipwayError,
  type Clock,
  catalogue,
  type ErrorCode,
  type Project,
  readDuration,
  type Verification,
} from '@slipway/core'
import { askRedis, createVerifyDesk, type VerifyDesk } from '@slipway/store'
import { awaitVerification } from '../await-verification.ts'
import type { Command } from '../command.ts'
import { configOption, configPath } from '../config-path.ts'
import { exitCodes } from '../exit-codes.ts'
import { findProject } from '../find-project.ts'
import { openRedis } from '../open-redis.ts'
import { UsageError } from '../usage-error.ts'
import { verificationLines } from '../verification-lines.ts'

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

  async run(args, { environment, clock, out, say }) {
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
    const timeout = readDuration(values.timeout)
    if (timeout === null)
      throw new UsageError(`"${values.timeout}" is no --timeout: write one such as 90s or 5m.`)
    const config = await requireConfig(configPath(values.config, environment))
    const hosts = hostsOf(findProject(config, name), values.host)

    const redis = await openRedis(config, environment)
    const desk = createVerifyDesk(redis)
    try {
      const ask = (host: string) =>
        verifyOn(desk, clock, { project: name, host, quick: values.quick, timeout })
      const found = await Promise.all(hosts.map(ask))
      if (values.json) out(JSON.stringify(found, null, 2))
      else for (const line of found.flatMap(verificationLines)) out(line)
      for (const { outcome, host, errorCode, why } of found)
        if (outcome === 'failed') say([`${host}: ${errorCode}: ${why}`, adviceFor(errorCode)].join('\n'))
      return exitCodeFor(found)
    } finally {
      await desk.close()
      redis.disconnect()
    }
  },
}

interface Asked {
  readonly project: string
  readonly host: string
  readonly quick: boolean
  readonly timeout: number
}

// The worker may be of a later version, with codes that this one does not know.
function adviceFor(code: string | null): string {
  const known = code !== null && Object.hasOwn(catalogue, code)
  return known ? catalogue[code as ErrorCode].operator : ''
}

/** One host that does not answer must not hide what the others found. */
async function verifyOn(desk: VerifyDesk, clock: Clock, asked: Asked): Promise<Verification> {
  const { project, host, quick, timeout } = asked
  try {
    const request = await askRedis(desk.ask(host, project, quick))
    return await awaitVerification({ desk, host, request, timeout })
  } catch (error) {
    const { code, message } = asSlipwayError(error)
    const nothing = { report: null, strayed: null, outcome: 'failed' } as const
    return { project, host, at: clock.now(), quick, ...nothing, errorCode: code, why: message }
  }
}

function hostsOf({ hosts }: Project, only: string | undefined): readonly string[] {
  if (only === undefined) return hosts
  if (!hosts.includes(only)) throw new UsageError(`the project has no host "${only}": ${hosts.join(', ')}.`)
  return [only]
}

function exitCodeFor(found: readonly Verification[]): number {
  if (found.some(({ outcome }) => outcome === 'drift')) return exitCodes.drift
  return found.every(({ outcome }) => outcome === 'clean') ? exitCodes.ok : exitCodes.failed
}
