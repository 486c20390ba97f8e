import type { ComponentChildren } from 'preact'
import { type Disk, type Prune, type PruneItem, routes } from '../api/answers.ts'
import { question } from '../api/ask.ts'
import { useLive } from '../api/use-live.ts'
import { formatBytes, formatShare } from '../format/bytes.ts'
import { formatDuration } from '../format/duration.ts'
import { causeWords, counted, whyWords } from '../format/words.ts'
import { Facts } from '../parts/facts.tsx'
import { Loaded } from '../parts/loaded.tsx'
import { State } from '../parts/state.tsx'
import { Table } from '../parts/table.tsx'
import { Time } from '../parts/time.tsx'
import { Why } from '../parts/why.tsx'
import { hrefOf } from '../route.ts'
import { manyOfOne } from './prunes.tsx'

interface PrunePageProps {
  readonly host: string
  readonly startedAt: number
}

/** The record of one prune: what went, what stays, and why. */
export function PrunePage({ host, startedAt }: PrunePageProps) {
  // A record is written once.
  const live = useLive(question(routes.prunes, {}, { host, count: manyOfOne }), () => null)
  return (
    <>
      <p class="crumbs">
        <a href={hrefOf({ page: 'prunes', host: null })}>Prunes</a>
        <a href={hrefOf({ page: 'prunes', host })}>{host}</a>
      </p>
      <h1>A prune of {host}</h1>
      <Loaded live={live}>
        {({ prunes }) => {
          const record = prunes.find((one) => one.startedAt === startedAt)
          return record ? (
            <Record record={record} />
          ) : (
            <p class="empty">This record is not among the newest any more.</p>
          )
        }}
      </Loaded>
    </>
  )
}

function Record({ record }: { readonly record: Prune }) {
  const { isDryRun, deleted, deletedMore, kept, keptMore, problems, advice } = record
  return (
    <>
      <Facts
        facts={[
          ['Outcome', <State key="outcome" state={record.outcome} />],
          ['Why', whyWords(record) && <Why of={record} state={record.outcome} />],
          ['Kind', isDryRun ? 'only a plan: nothing was deleted' : null],
          ['Started', <Time key="started" at={record.startedAt} />],
          ['Cause', causeWords(record.cause, record.by)],
          ['Took', formatDuration(record.milliseconds)],
          [isDryRun ? 'Would free' : 'Freed', formatBytes(record.freedBytes)],
        ]}
      />
      {advice && (
        <div class="note warn">
          <h2>What a person could do</h2>
          <p class="lines">{advice}</p>
        </div>
      )}
      {problems.length > 0 && <Problems problems={problems} />}
      <h2>Disks</h2>
      <Disks before={record.before} after={record.after} />
      <h2>By kind</h2>
      <Counts counts={record.counts} />
      <h2>{isDryRun ? 'Would be deleted' : 'Deleted'}</h2>
      <Items label="Deleted" items={deleted} more={deletedMore} empty="Nothing." />
      <h2>Kept</h2>
      <Items label="Kept" items={kept} more={keptMore} empty="Nothing." />
    </>
  )
}

function Problems({ problems }: { readonly problems: Prune['problems'] }) {
  return (
    <>
      <h2>Could not be deleted</h2>
      <Table
        label="Problems"
        rows={problems}
        keyOf={({ kind, name }) => `${kind} ${name}`}
        empty="All could."
        columns={[
          { head: 'Kind', cell: ({ kind }) => kind },
          { head: 'Name', kind: 'name', cell: ({ name }) => <code>{name}</code> },
          { head: 'Why', cell: ({ why }) => <span class="why">{why}</span> },
        ]}
      />
    </>
  )
}

function Disks({ before, after }: { readonly before: readonly Disk[]; readonly after: readonly Disk[] }) {
  const thenOf = (disk: Disk) => after.find(({ of, path }) => of === disk.of && path === disk.path)
  return (
    <Table
      label="Disks"
      rows={before}
      keyOf={({ of, path }) => `${of} ${path}`}
      empty="The disks could not be looked at."
      columns={[
        {
          head: 'Disk of',
          kind: 'name',
          cell: ({ of, path }) => (
            <>
              {of} <code>{path}</code>
            </>
          ),
        },
        { head: 'Size', kind: 'number', cell: ({ bytes }) => formatBytes(bytes) },
        { head: 'Free before', kind: 'number', cell: (disk) => <Free disk={disk} /> },
        { head: 'Free after', kind: 'number', cell: (disk) => <Free disk={thenOf(disk)} /> },
        {
          head: 'Inodes before',
          kind: 'number',
          cell: ({ freeInodes, inodes }) => formatShare(freeInodes, inodes),
        },
        {
          head: 'Inodes after',
          kind: 'number',
          cell: (disk) => formatShare(thenOf(disk)?.freeInodes ?? 0, thenOf(disk)?.inodes ?? 0),
        },
      ]}
    />
  )
}

function Free({ disk }: { readonly disk: Disk | undefined }): ComponentChildren {
  return disk ? `${formatBytes(disk.freeBytes)} (${formatShare(disk.freeBytes, disk.bytes)})` : '-'
}

function Counts({ counts }: { readonly counts: Prune['counts'] }) {
  const rows = Object.entries(counts).filter(([, { kept, deleted, failed }]) => kept + deleted + failed > 0)
  return (
    <Table
      label="Counts"
      rows={rows}
      keyOf={([kind]) => kind}
      empty="There was nothing to decide on."
      columns={[
        { head: 'Kind', kind: 'name', cell: ([kind]) => kind },
        { head: 'Deleted', kind: 'number', cell: ([, { deleted }]) => deleted },
        { head: 'Kept', kind: 'number', cell: ([, { kept }]) => kept },
        { head: 'Failed', kind: 'number', cell: ([, { failed }]) => failed },
      ]}
    />
  )
}

interface ItemsProps {
  readonly label: string
  readonly items: readonly PruneItem[]
  readonly more: number
  readonly empty: string
}

function Items({ label, items, more, empty }: ItemsProps) {
  return (
    <>
      <Table
        label={label}
        rows={items.map((item, index) => ({ ...item, index }))}
        keyOf={({ index }) => String(index)}
        empty={empty}
        columns={[
          { head: 'Kind', cell: ({ kind }) => kind },
          { head: 'Name', kind: 'name', cell: ({ name }) => <code>{name}</code> },
          { head: 'Project', cell: ({ project }) => project ?? '-' },
          { head: 'Size', kind: 'number', cell: ({ bytes }) => formatBytes(bytes) },
          { head: 'Why', cell: ({ why }) => why },
        ]}
      />
      {more > 0 && <p class="muted">and {counted(more, 'further thing')} that the record does not list</p>}
    </>
  )
}
