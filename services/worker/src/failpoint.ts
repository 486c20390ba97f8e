import type { Failpoint } from './rollout/step.ts'

/** Nothing suffers anywhere. Whoever would have to wait to say where it is can tell it by being this one. */
export const noFailpoint: Failpoint = () => {}

/**
 * Makes the process suffer at one place, once named: how the tests prove that whatever dies when, nothing is half done.
 * `<place>[#<n>][=<action>]`: at the n-th time (default: the first) that `before:`, `during:` or `after:` a step, or
 * `recreate:` a part of replacing a container, or `before:` and `during:` a part of a prune, is reached. Actions: `kill` (default) ends it as a crash would, `stop`
 * freezes it until somebody sends SIGCONT, `exit` ends it as an uncaught error would, `block:<ms>` keeps its event loop
 * from turning. Off when nothing is named.
 */
export function createFailpoint(spec: string | undefined): Failpoint {
  const named = /^([^#=]+)(?:#(\d+))?(?:=(kill|stop|exit|block:\d+))?$/.exec(spec ?? '')
  if (!named) return noFailpoint
  const [, place, count = '1', action = 'kill'] = named
  let reached = 0
  return (here) => {
    if (here !== place) return
    reached += 1
    if (reached === Number(count)) suffer(action)
  }
}

function suffer(action: string): void {
  if (action === 'kill') process.kill(process.pid, 'SIGKILL')
  else if (action === 'stop') process.kill(process.pid, 'SIGSTOP')
  else if (action === 'exit') process.exit(1)
  else block(Number(action.slice('block:'.length)))
}

function block(milliseconds: number): void {
  const until = performance.now() + milliseconds
  while (performance.now() < until);
}
