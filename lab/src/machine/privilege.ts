import { run } from '../command.ts'

/** Puts what is needed before a command so that it runs as root; undefined when that takes a password. */
export type AsRoot = (command: readonly [string, ...string[]]) => [string, string[]]

/** Root already, or `sudo` without a password. */
export async function findPrivilege(): Promise<AsRoot | undefined> {
  if (process.getuid?.() === 0) return ([program, ...args]) => [program, args]
  const mayBecomeRoot = await run('sudo', ['-n', 'true'], { timeoutMs: 5000 }).then(
    () => true,
    () => false,
  )
  return mayBecomeRoot ? (command) => ['sudo', ['-n', ...command]] : undefined
}
