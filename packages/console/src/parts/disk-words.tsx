import type { Disk } from '../api/answers.ts'
import { formatBytes, formatShare } from '../format/bytes.ts'

interface DiskWordsProps {
  readonly before: readonly Disk[]
  readonly after: readonly Disk[]
}

/** How much was free on each disk before and after, in a line each. */
export function DiskWords({ before, after }: DiskWordsProps) {
  return (
    <>
      {before.map((disk) => {
        const then = after.find(({ of, path }) => of === disk.of && path === disk.path)
        return (
          <div key={`${disk.of} ${disk.path}`} class="line" title={disk.path}>
            <span class="muted">{disk.of}</span> {freeWords(disk)} → {then ? freeWords(then) : '?'}
          </div>
        )
      })}
    </>
  )
}

function freeWords({ freeBytes, bytes }: Disk): string {
  return `${formatBytes(freeBytes)} (${formatShare(freeBytes, bytes)})`
}
