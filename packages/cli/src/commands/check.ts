import { parseArgs } from 'node:util'
import { formatMistakes, readConfig } from '@slipway/config-file'
import { type Config, type Credentials, hostsOf, type Mistake } from '@slipway/core'
import type { Command, CommandContext } from '../command.ts'
import { notesOn } from '../config-notes.ts'
import { configOption, configPath } from '../config-path.ts'
import { exitCodes } from '../exit-codes.ts'
import { checkOnline } from '../online/check-online.ts'
import { UsageError } from '../usage-error.ts'

export const check: Command = {
  name: 'check',
  summary: 'say whether a configuration can be used, and what is wrong with it',
  help: `usage: slipway check [--online [--strict] [--json]] [FILE]

Names every mistake in a slipway.yaml by its path, with what would be right. Secrets are not read.
  FILE       default: the configuration that the other commands use
  --online   also asks the registries, from this machine: can each project read its image with its credentials, and can
             they not read the images of other projects? This reads secrets and runs the commands of \`credentials\`.
             Ends with 1 when an image cannot be read or a registry not be asked.
  --strict   with --online: ends with 1 when there is a warning, too
  --json     with --online: prints what was found as JSON, and nothing else`,

  async run(args, context) {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: {
        ...configOption,
        online: { type: 'boolean', default: false },
        strict: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
      },
      allowPositionals: true,
    })
    const { online, strict, json } = values
    if (positionals.length > 1) throw new UsageError('give one file.')
    if ((strict || json) && !online) throw new UsageError('--strict and --json go with --online.')
    const file = configPath(positionals[0] ?? values.config, context.environment)

    const result = await readConfig(file)
    if (!result.ok) return refuse(file, result.mistakes, json, context)
    if (!json) describe(file, result.config, context)
    return online ? checkOnline(result.config, context, { json, strict }) : exitCodes.ok
  },
}

function refuse(
  file: string,
  mistakes: readonly Mistake[],
  json: boolean,
  { out, say }: CommandContext,
): number {
  if (json) out(JSON.stringify({ mistakes }, null, 2))
  else {
    out(`${file} cannot be used:`)
    out(formatMistakes(mistakes))
  }
  say(`${count(mistakes.length, 'mistake')}.`)
  return exitCodes.config
}

function describe(file: string, config: Config, { out }: CommandContext): void {
  const credentials = Object.entries(config.credentials).map(([name, entry]) => `${name}: ${kindOf(entry)}`)
  out(`${file} is good.`)
  out(`  hooks        ${list(Object.keys(config.hooks))}`)
  out(`  credentials  ${list(credentials)}`)
  const projects = Object.entries(config.projects).map(([name, { strategy }]) =>
    strategy === 'source' ? name : `${name}: ${strategy}`,
  )
  out(`  projects     ${list(projects)}`)
  out(`  hosts        ${list(hostsOf(config))}`)
  const notes = notesOn(config)
  if (notes.length > 0) out('Worth knowing:')
  for (const { path, message } of notes) out(`  ${path}: ${message}`)
}

function kindOf(entry: Credentials): string {
  if ('command' in entry) return 'command'
  return 'token' in entry ? 'token' : 'password'
}

function list(names: readonly string[]): string {
  return `${names.length}${names.length > 0 ? ` (${names.join(', ')})` : ''}`
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}
