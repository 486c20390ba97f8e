import { parseArgs } from 'node:util'
import { requireConfig } from '@slipway/config-file'
import { readDuration } from '@slipway/core'
import { askRedis, createRefusedCallsStore, type RefusedCalls } from '@slipway/store'
import type { Command } from '../command.ts'
import { configOption, configPath } from '../config-path.ts'
import { exitCodes } from '../exit-codes.ts'
import { openRedis } from '../open-redis.ts'
import { plainText } from '../plain-text.ts'
import { formatTable } from '../table.ts'
import { UsageError } from '../usage-error.ts'

const mostLines = 1_000

export const audit: Command = {
  name: 'audit',
  summary: 'show the calls of webhooks that were refused, and why',
  help: `usage: slipway audit [--hook HOOK] [--since TIME] [--json] [--config FILE]

The newest last, ${mostLines.toLocaleString('en')} lines at most. Calls that were refused alike within a short time are one line; of a flood
those of many callers are one line too.
  --hook HOOK    only calls of this hook; those to a name that is no hook are in no hook's
  --since TIME   how far back, such as 30m or 7d (default: 1d); nothing is older than 30 days
  --json         the same as JSON, the newest first`,

  async run(args, { environment, clock, out, say }) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        ...configOption,
        hook: { type: 'string' },
        since: { type: 'string', default: '1d' },
        json: { type: 'boolean', default: false },
      },
    })
    const back = readDuration(values.since)
    if (back === null) throw new UsageError(`"${values.since}" is no --since: write one such as 30m or 7d.`)
    const config = await requireConfig(configPath(values.config, environment))
    const { hook } = values

    const redis = await openRedis(config, environment)
    try {
      const store = createRefusedCallsStore(redis, clock)
      const found = await askRedis(store.read({ since: clock.now() - back, hook, most: mostLines }))
      if (values.json) out(JSON.stringify(found, null, 2))
      else for (const line of linesOf(found)) out(line)
      // A hook that was taken out of the configuration may have been called all the same.
      if (found.length === 0 && hook !== undefined && !Object.hasOwn(config.hooks, hook))
        say(`The configuration has no hook "${plainText(hook)}".`)
      else if (found.length === 0) say('No call was refused in that time.')
      return exitCodes.ok
    } finally {
      redis.disconnect()
    }
  },
}

function linesOf(found: readonly RefusedCalls[]): string[] {
  if (found.length === 0) return []
  const rows = found.toReversed().map(({ at, hook, source, reason, peer, status, count }) => {
    const of = hook === null ? '-' : source === null ? hook : `${hook} (${source})`
    return [formatSecond(at), String(count), of, reason, String(status), peer ?? 'several'].map(plainText)
  })
  return formatTable([['TIME', 'CALLS', 'HOOK', 'REASON', 'STATUS', 'FROM'], ...rows])
}

function formatSecond(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19).replace('T', ' ')}Z`
}
