import type { Command } from './command.ts'
import { formatTable } from './table.ts'

/** What `slipway --help` prints. */
export function overview(commands: readonly Command[]): string {
  const list = formatTable(commands.map(({ name, summary }) => [`  ${name}`, summary]))
  return `usage: slipway COMMAND [options]

${list.join('\n')}

Options of every command that reads the configuration:
  --config FILE   default: $SLIPWAY_CONFIG, then /etc/slipway/slipway.yaml
  --help          what the command does

Exit codes: 0 done, 1 failed, 2 wrong command line, 3 drift (verify), 78 configuration or secret that cannot be used.`
}
