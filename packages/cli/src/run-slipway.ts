import { asSlipwayError, catalogue } from '@slipway/core'
import type { Command, CommandContext } from './command.ts'
import { commands } from './commands/index.ts'
import { exitCodeOf, exitCodes } from './exit-codes.ts'
import { overview } from './overview.ts'
import { nearest } from './suggest.ts'
import { isUsageError } from './usage-error.ts'

/** Runs one command line to its end and resolves with the exit code; it never throws. */
export async function runSlipway(argv: readonly string[], context: CommandContext): Promise<number> {
  if (argv.length === 0) {
    context.say(overview(commands))
    return exitCodes.usage
  }
  if (asksForHelp(argv[0])) {
    context.out(overview(commands))
    return exitCodes.ok
  }
  const found = find(argv)
  if (!found) return unknown(argv, context)
  if (found.args.some(asksForHelp)) {
    context.out(found.command.help)
    return exitCodes.ok
  }
  try {
    return await found.command.run(found.args, context)
  } catch (error) {
    return explain(error, found.command, context)
  }
}

function find(argv: readonly string[]): { command: Command; args: readonly string[] } | null {
  for (const command of commands) {
    const words = command.name.split(' ')
    if (words.every((word, at) => argv[at] === word)) return { command, args: argv.slice(words.length) }
  }
  return null
}

function unknown(argv: readonly string[], { say }: CommandContext): number {
  const names = commands.map(({ name }) => name)
  const family = names.filter((name) => name.startsWith(`${argv[0]} `))
  const [guess] = family.length > 0 ? family : [nearest(argv[0] ?? '', names)]
  say(`slipway: there is no command "${argv.slice(0, family.length > 0 ? 2 : 1).join(' ')}".`)
  say(guess ? `Did you mean "slipway ${guess}"?` : 'See "slipway --help" for what there is.')
  return exitCodes.usage
}

function explain(error: unknown, command: Command, { say, environment }: CommandContext): number {
  if (isUsageError(error)) {
    say(`slipway ${command.name}: ${error.message}`)
    say(`See "slipway ${command.name} --help".`)
    return exitCodes.usage
  }
  const known = asSlipwayError(error)
  say(`${known.code}: ${known.message}`)
  say(catalogue[known.code].operator)
  if (environment.LOG_LEVEL === 'debug') say(error instanceof Error ? (error.stack ?? '') : String(error))
  return exitCodeOf(known.code)
}

function asksForHelp(argument: string | undefined): boolean {
  return argument === '--help' || argument === '-h'
}
