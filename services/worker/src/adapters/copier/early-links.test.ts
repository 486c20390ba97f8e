import { fileEntries, type LayerEntry } from '@slipway/lab'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { calm } from '../../../test/failure.ts'
import { createRandom, randomHistory } from '../../../test/layer-histories.ts'
import { releaseOf } from '../../../test/project.ts'
import {
  archiveOf,
  layersOf,
  openTwoReleases,
  sourcePath,
  treeByArchive,
} from '../../../test/two-releases.ts'
import { entriesOf } from '../../manifest/manifest-lines.ts'
import type { CopierOptions } from './copier.ts'
import { type JobContext, type JobInput, type JobName, jobs } from './jobs.ts'
import { knowManifest } from './known-manifest.ts'
import { linkPieces } from './link-plan.ts'
import { createPathRules } from './path-rules.ts'
import { openProver } from './previous-release.ts'

const helpers: Readonly<Record<string, JobContext['help']>> = {
  /** The fastest helper there can be: everything is linked before it is known what is wanted of it. */
  'by a fast helper': ({ plan, manifest, previous, owner, folder, rules }) => {
    linkPieces({
      ...{ end: 'last', plan, folder, rules: createPathRules(rules), check() {}, onFile() {} },
      entriesFrom: entriesOf(manifest).parse,
      previous: openProver(previous, owner),
    })
    return Promise.resolve()
  },
  /** One that comes too late: all is done while the layers are read. */
  'meanwhile, as the helper is slow': () => Promise.resolve(),
}
let help: JobContext['help']

vi.mock('./copier.ts', () => ({
  async runCopier<J extends JobName>(job: J, input: JobInput<J>, { streams = [] }: CopierOptions) {
    async function* open(stream: number) {
      for await (const piece of (await streams[stream]?.()) ?? []) yield piece as Uint8Array
    }
    const context: JobContext = { check() {}, onFile() {}, wrote() {}, open, manifest: knowManifest, help }
    return (jobs[job] as (input: JobInput<J>, context: JobContext) => Promise<unknown>)(input, context)
  },
}))

const base = placed({ 'public/index.php': 'v1', 'vendor/a.php': 'a', 'vendor/b/c.php': 'c', 'cache/x': 'x' })
const edit = placed({ 'public/index.php': 'v1' })
const second = releaseOf(2, 'b')
const histories = 30

describe.each(Object.entries(helpers))(
  'links that are made %s, before it is known which are wanted',
  (_who, helper) => {
    beforeEach(() => {
      help = helper
    })

    it.each<[string, readonly LayerEntry[], number]>([
      ['a file that became a folder', placed({ 'vendor/a.php/b': 'b' }), 3],
      ['a folder that became a file', placed({ vendor: 'v' }), 2],
      ['a folder that is gone with all in it', gone('vendor'), 2],
      [
        'a folder whose files are others now',
        [...gone('vendor/a.php'), ...gone('vendor/b'), ...placed({ 'vendor/c.php': 'c' })],
        2,
      ],
      ['a file that is there as it was', placed({ 'public/index.php': 'v1', 'vendor/a.php': 'a' }), 4],
    ])('make the right tree of %s', async (_what, next, linked) => {
      const layers = [base, edit, next]
      const packed = await layersOf(layers)
      const site = await openTwoReleases(packed.slice(0, 2), archiveOf([base, edit]))

      const done = await site.fromLayers(packed)

      expect(done).toMatchObject({ way: 'layers', linked })
      expect(await site.second()).toEqual(await treeByArchive(archiveOf(layers)))
      const drift = await site.store.verify(second, { full: true, signal: calm })
      expect(drift.counts).toEqual({ added: 0, changed: 0, missing: 0 })
    })

    it('make of random histories what their archives are', async () => {
      let made = 0
      for (let seed = 0; seed < histories; seed += 1) {
        const { shared, previous, next } = randomHistory(createRandom(seed))
        const [before, after] = [
          [...shared, ...previous],
          [...shared, ...next],
        ]
        const site = await openTwoReleases(await layersOf(before), archiveOf(before))

        const done = await site.fromLayers(await layersOf(after))

        if ('unfit' in done) continue
        made += 1
        expect(await site.second(), `seed ${seed}`).toEqual(await treeByArchive(archiveOf(after)))
        const { counts } = await site.store.verify(second, { full: true, signal: calm })
        expect(counts, `seed ${seed}`).toEqual({ added: 0, changed: 0, missing: 0 })
      }
      expect(made).toBeGreaterThan(0)
    })
  },
)

function placed(paths: Readonly<Record<string, string>>): LayerEntry[] {
  return fileEntries(
    Object.fromEntries(Object.entries(paths).map(([path, text]) => [`${sourcePath}/${path}`, text])),
  )
}

/** What takes a path away. */
function gone(path: string): LayerEntry[] {
  const at = path.lastIndexOf('/') + 1
  return placed({ [`${path.slice(0, at)}.wh.${path.slice(at)}`]: '' })
}
