import { lstat, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileEntries, type LayerEntry, makeLayer } from '@slipway/lab'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Breakout, openBreakout } from '../support/breakout.ts'
import { sourcePath } from '../support/fault-config.ts'
import { type FaultStack, startFaultStack } from '../support/fault-stack.ts'
import { firstInShort } from '../support/short-form.ts'
import { untilClean, watched } from '../support/untouched.ts'
import { untilIdle } from '../support/whole-release.ts'

const source = sourcePath.slice(1)
/** A folder in the image of the second project, until it is a link. */
const otherPath = '/srv/site'

describe('a hostile image', () => {
  let range: Breakout
  let stack: FaultStack
  let version = ''
  let count = 0

  beforeAll(async () => {
    range = await openBreakout()
    stack = await startFaultStack({
      projects: {
        shop: { source: { limits: { bytes: '5MB' } } },
        linked: { source: { path: otherPath } },
      },
      rootOf: range.rootOf,
    })
    await stack.deploy('shop', { version: 'v0' })
    const files = { [`${otherPath}/REVISION`]: 'v0\n', [`${otherPath}/public/index.php`]: '<?php' }
    await stack.deploy('linked', { version: 'v0', layers: [await makeLayer(fileEntries(files))] })
  })
  beforeEach(() => {
    count += 1
    version = `v${count}`
  })
  afterEach(async () => {
    // What lets releases go behind an outcome must not do so while the folders are walked.
    await untilIdle(stack)
    await range.expectContained()
  })
  afterAll(async () => {
    await stack?.stop()
    await range?.close()
  })

  const layersOf = (...layers: readonly LayerEntry[][]) => Promise.all(layers.map((one) => makeLayer(one)))
  const link = (linkname: string): LayerEntry => ({
    header: { name: `${source}/out`, type: 'symlink', linkname },
  })

  it.each(
    firstInShort<[what: string, code: string, layers: () => LayerEntry[][]]>(5, [
      ['a link to a place of the host', 'SOURCE_REFUSED', () => [[link(range.victim)]]],
      ['a link that climbs out', 'SOURCE_REFUSED', () => [[link('../../../victim')]]],
      ['a character device', 'SOURCE_REFUSED', () => [[device('character-device', 1, 3)]]],
      ['a name with a line break', 'SOURCE_REFUSED', () => [[planted(`${source}/a\nb`)]]],
      [
        'more bytes than it may have',
        'SOURCE_TOO_LARGE',
        () => [[{ header: { name: `${source}/big` }, zeros: 6_000_000 }]],
      ],
      [
        'folders without end',
        'SOURCE_TOO_LARGE',
        () => [fileEntries({ [`/${source}/${'d/'.repeat(70)}f`]: 'x' })],
      ],
      [
        'a link that climbs after it descended',
        'SOURCE_REFUSED',
        () => [[link('public/../../../../victim')]],
      ],
      ['a block device', 'SOURCE_REFUSED', () => [[device('block-device', 8, 0)]]],
      ['a pipe', 'SOURCE_REFUSED', () => [[{ header: { name: `${source}/pipe`, type: 'fifo' } }]]],
    ]),
  )('D: %s is refused with %s, before anybody sees it', async (_what, code, layers) => {
    const { result, versions } = await watched(stack, 'shop', async () =>
      stack.deploy('shop', { version, layers: await layersOf(...layers()) }, 'failed'),
    )

    expect(result).toMatchObject({ errorCode: code, attempts: '1' })
    expect(versions).toHaveLength(1)
    await untilClean(stack, 'shop')
  })

  it('D: a source that is a link itself is refused', async () => {
    const layers = await layersOf([{ header: { name: 'srv/site', type: 'symlink', linkname: '/etc' } }])

    const failed = await stack.deploy('linked', { version, layers }, 'failed')

    expect(failed).toMatchObject({ errorCode: 'SOURCE_REFUSED', attempts: '1' })
    expect((await stack.current('linked'))?.version).toBe('v0')
  })

  it('D: a setuid file loses that, and one that is linked to from elsewhere in the image is a file of its own', async () => {
    const { release } = await stack.deploy('shop', {
      version,
      layers: await layersOf([
        { header: { name: 'etc/secret', mode: 0o600 }, content: 'of the image' },
        { header: { name: `${source}/hard`, type: 'link', linkname: 'etc/secret' } },
        { header: { name: `${source}/root`, mode: 0o6777 }, content: '#!' },
      ]),
    })

    const folder = join(range.rootOf('shop'), 'releases', release ?? '')
    expect(((await lstat(join(folder, 'root'))).mode & 0o7777).toString(8)).toBe('755')
    expect(await readFile(join(folder, 'hard'), 'utf8')).toBe('of the image')
    expect((await lstat(join(folder, 'hard'))).nlink).toBe(1)
  })

  it.each(
    firstInShort<[what: string, layers: () => LayerEntry[][]]>(2, [
      [
        'a name that climbs',
        () => [[planted(`${source}/${'../'.repeat(12)}${range.victim.slice(1)}/planted`)]],
      ],
      [
        'a name behind a link out of a layer below',
        () => [[link(range.victim)], [planted(`${source}/out/planted`)]],
      ],
      ['a name behind a link out', () => [[link(range.victim), planted(`${source}/out/planted`)]]],
      ['an absolute name', () => [[planted(join(range.victim, 'planted'))]]],
    ]),
  )('D: what a layer has under %s comes out nowhere on the host', async (_what, layers) => {
    const { id } = await stack.order('shop', { version, layers: await layersOf(...layers()) })

    // Whether the engine takes such a layer, and what it makes of it, is its own affair.
    const { state } = await stack.untilOutcome(id)

    expect(['live', 'failed']).toContain(state)
    await untilClean(stack, 'shop')
  })
})

function planted(name: string): LayerEntry {
  return { header: { name }, content: 'planted' }
}

function device(type: 'character-device' | 'block-device', devmajor: number, devminor: number): LayerEntry {
  return { header: { name: `${source}/device`, type, devmajor, devminor } }
}
