import { UsageError } from './usage-error.ts'

/**
 * The hosts that a command is about: all of them, or the one that `--host` names.
 * @param whose who has these hosts, for the message
 * @throws UsageError when it is none of them
 */
export function chosenHosts(
  hosts: readonly string[],
  only: string | undefined,
  whose: string,
): readonly string[] {
  if (only === undefined) return hosts
  if (!hosts.includes(only)) throw new UsageError(`${whose} has no host "${only}": ${hosts.join(', ')}.`)
  return [only]
}
