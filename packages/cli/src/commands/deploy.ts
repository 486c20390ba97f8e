import { parseArgs } from 'node:util'
import { requireConfig } from '@slipway/config-file'
import { askRedis, createPushStore, heldFreezes } from '@slipway/store'
import type { Command } from '../command.ts'
import { configOption, configPath } from '../config-path.ts'
import { exitCodes } from '../exit-codes.ts'
import { followAll } from '../follow-all.ts'
import { openRedis } from '../open-redis.ts'
import { sayHeldBack } from '../say-held-back.ts'
import { UsageError } from '../usage-error.ts'
import { wantsFor } from '../wants-for.ts'
import { whoAsks } from '../who-asks.ts'

export const deploy: Command = {
  name: 'deploy',
  summary: 'deploy a project now, as if its image had been pushed',
  help: `usage: slipway deploy PROJECT [--tag TAG | --digest DIGEST] [--host HOST] [--force] [--wait] [--config FILE]

Puts a deploy on the queue of every host of the project and prints its id.
  --tag TAG         a tag that the project follows; default: the first exact one under \`tags\`
  --digest DIGEST   sha256:… of the image itself, in the place of a tag
  --host HOST       on this host only
  --force           also when this image failed its check here before, is live already, or the maintenance window of the
                    project is closed; a freeze is another person's word and holds all the same
  --wait            follow the log until it has ended; the exit code is 0 only when the project is live`,

  async run(args, context) {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: {
        ...configOption,
        tag: { type: 'string' },
        digest: { type: 'string' },
        host: { type: 'string' },
        force: { type: 'boolean', default: false },
        wait: { type: 'boolean', default: false },
      },
      allowPositionals: true,
    })
    const [name, ...further] = positionals
    if (!name || further.length > 0) throw new UsageError('give one project.')
    const config = await requireConfig(configPath(values.config, context.environment))
    const wanted = wantsFor(config, name, values)

    const redis = await openRedis(config, context.environment)
    const store = createPushStore({ redis, retry: config.retry, clock: context.clock })
    try {
      const hosts = wanted.map(({ host }) => host)
      const held = await askRedis(heldFreezes(redis, hosts, context.clock.now()))
      const accepted = await store.accept(wanted, { kind: 'command', by: whoAsks() })
      for (const { deployment, host } of accepted) context.out(`${deployment}  ${name} on ${host}`)
      sayHeldBack(context, config, { name, hosts, held, isForced: values.force })
      if (!values.wait) return exitCodes.ok
      return await followAll(accepted, redis, context)
    } finally {
      await store.close()
    }
  },
}
