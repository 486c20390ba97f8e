import { parseArgs } from 'node:util'
import { requireConfig } from '@slipway/config-file'
import { type BackTarget, rollbacksOf } from '@slipway/core'
import { askRedis, createPushStore, type HostReleases, heldFreezes, knownReleases } from '@slipway/store'
import { backTargetOf, reasonOf } from '../back-target.ts'
import type { Command } from '../command.ts'
import { configOption, configPath } from '../config-path.ts'
import { exitCodes } from '../exit-codes.ts'
import { findProject } from '../find-project.ts'
import { followAll } from '../follow-all.ts'
import { openRedis } from '../open-redis.ts'
import { sayHeldBack } from '../say-held-back.ts'
import { UsageError } from '../usage-error.ts'
import { hostsFor } from '../wants-for.ts'
import { whoAsks } from '../who-asks.ts'

export const rollback: Command = {
  name: 'rollback',
  summary: 'go back to a release that was well before',
  help: `usage: slipway rollback PROJECT [--to RELEASE | --digest DIGEST] [--host HOST] [--reason TEXT] [--wait]
                        [--config FILE]

Goes back on every host of the project, each to the newest good release before the one that is live, and prints the ids.
The same switch, reload and check as a deploy; no migration is run, and the database is not rolled back. What is left does
not return by a repeated push, only by \`slipway deploy PROJECT --force\` or a new image. It waits for no maintenance
window; a freeze is another person's word and holds.
  --to RELEASE      the name of a release, as \`slipway status PROJECT\` lists them
  --digest DIGEST   sha256:… of an image; one whose release is gone is pulled again
  --host HOST       on this host only
  --reason TEXT     why, for whoever looks later
  --wait            follow the log until it has ended; the exit code is 0 only when the release is live`,

  async run(args, context) {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: {
        ...configOption,
        to: { type: 'string' },
        digest: { type: 'string' },
        host: { type: 'string' },
        reason: { type: 'string' },
        wait: { type: 'boolean', default: false },
      },
      allowPositionals: true,
    })
    const [name, ...further] = positionals
    if (!name || further.length > 0) throw new UsageError('give one project.')
    const target = backTargetOf(values)
    const reason = reasonOf(values.reason)
    const config = await requireConfig(configPath(values.config, context.environment))
    const project = findProject(config, name)
    const hosts = hostsFor(project, name, values.host)

    const redis = await openRedis(config, context.environment)
    const store = createPushStore({ redis, retry: config.retry, clock: context.clock })
    try {
      const held = await askRedis(heldFreezes(redis, hosts, context.clock.now()))
      const known = await askRedis(knownReleases(redis, name, { hosts }))
      const by = whoAsks()
      const wanted = rollbacksOf(name, project, target, hosts)
      const accepted = await store.accept(wanted, { kind: 'command', by, ...reason })
      for (const { deployment, host } of accepted)
        context.out(`${deployment}  ${name} on ${host}, ${describeWay(known, host, target)}`)
      context.say(
        `Asked for by ${by}${reason.reason ? `: ${reason.reason}` : ''}. The database is not rolled back.`,
      )
      sayHeldBack(context, config, { name, hosts, held, isRollback: true })
      if (!values.wait) return exitCodes.ok
      return await followAll(accepted, redis, context)
    } finally {
      await store.close()
    }
  },
}

/** From where to where, as far as it is known here: the host decides. */
function describeWay(known: readonly HostReleases[], host: string, { release, digest }: BackTarget): string {
  const live = known.find((one) => one.host === host)?.releases.find((one) => one.live)
  const from = live ? `from ${live.name}` : 'from what is live'
  return `${from} to ${release ?? digest ?? 'the good release before it'}`
}
