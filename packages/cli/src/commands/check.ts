import { parseArgs } from 'node:util'
import { formatMistakes, readConfig } from '@slipway/config-file'
import { hostsOf } from '@slipway/core'
import type { Command } from '../command.ts'
import { notesOn } from '../config-notes.ts'
import { configOption, configPath } from '../config-path.ts'
import { exitCodes } from '../exit-codes.ts'
import { UsageError } from '../usage-error.ts'

export const check: Command = {
  name: 'check',
  summary: 'say whether a configuration can be used, and what is wrong with it',
  help: `usage: slipway check [FILE]

Names every mistake in a slipway.yaml by its path, with what would be right. Secrets are not read.
  FILE   default: the configuration that the other commands use`,

  async run(args, { environment, out, say }) {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: configOption,
      allowPositionals: true,
    })
    if (positionals.length > 1) throw new UsageError('give one file.')
    const file = configPath(positionals[0] ?? values.config, environment)

    const result = await readConfig(file)
    if (!result.ok) {
      out(`${file} cannot be used:`)
      out(formatMistakes(result.mistakes))
      say(`${count(result.mistakes.length, 'mistake')}.`)
      return exitCodes.config
    }
    const { config } = result
    const hosts = hostsOf(config)
    out(`${file} is good.`)
    out(`  hooks     ${list(Object.keys(config.hooks))}`)
    out(`  projects  ${list(Object.keys(config.projects))}`)
    out(`  hosts     ${list(hosts)}`)
    const notes = notesOn(config)
    if (notes.length > 0) out('Worth knowing:')
    for (const { path, message } of notes) out(`  ${path}: ${message}`)
    return exitCodes.ok
  },
}

function list(names: readonly string[]): string {
  return `${names.length}${names.length > 0 ? ` (${names.join(', ')})` : ''}`
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}
