import { parentPort } from 'node:worker_threads'
import { entriesOf } from '../../manifest/manifest-lines.ts'
import { letGoOfAll } from './let-go.ts'
import type { FromHelper, LinkStart } from './link-helper.ts'
import { linkPieces } from './link-plan.ts'
import { createPathRules } from './path-rules.ts'
import { openProver } from './previous-release.ts'
import { checkOf, packError } from './thread-protocol.ts'

/** Takes pieces of one plan of links after the other, until there are no more. */
function main(): void {
  const port = parentPort
  if (!port) throw new Error('This is the inside of a thread.')
  const say = (message: FromHelper) => port.postMessage(message)

  function link({ plan, manifest, previous, owner, folder, rules, flags }: LinkStart): void {
    linkPieces({
      ...{
        end: 'last',
        plan,
        folder,
        rules: createPathRules(rules),
        entriesFrom: entriesOf(manifest).parse,
        check: checkOf(flags),
        onFile() {},
      },
      previous: openProver(previous, owner),
    })
  }

  port.on('message', (start: LinkStart) => {
    try {
      link(start)
      say({ kind: 'done' })
    } catch (error) {
      say({ kind: 'failed', error: packError(error) })
    }
    // The memory that was shared goes when no thread holds it.
    setImmediate(letGoOfAll)
  })
}

main()
