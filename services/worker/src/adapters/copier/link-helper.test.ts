import { lstat, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { makeFolder, namesBelow } from '../../../test/folder.ts'
import { openReleaseLab } from '../../../test/release-lab.ts'
import { sourceTar } from '../../../test/tar.ts'
import { createAhead } from './ahead.ts'
import { knowManifest } from './known-manifest.ts'
import { type LinkHelper, type LinkOrder, startLinkHelper } from './link-helper.ts'
import { createLinkPlan, isDone } from './link-plan.ts'
import { flag } from './thread-protocol.ts'

/** More than a few pieces. */
const amount = 300

it('links all of a plan where nobody else does', async () => {
  const { order, list, place } = await openPlan()
  const helper = started()

  await helper.help({ ...order, flags: flags() })

  expect(isDone(order.plan)).toBe(true)
  const names = (await namesBelow(order.folder)).filter((name) => name.endsWith('.php'))
  expect(names).toHaveLength(amount)
  const at = list.findIndex(({ path }) => path === 'd1/f1.php')
  const facts = await lstat(join(order.folder, 'd1/f1.php'), { bigint: true })
  expect(facts.ino).toBe((await lstat(place('d1/f1.php'), { bigint: true })).ino)
  expect(order.plan.changedAt[at]).toBe(facts.ctimeNs)
})

it('links neither what is not wanted nor what is not as it was written', async () => {
  const { order, list, place } = await openPlan()
  order.plan.unwanted[list.findIndex(({ path }) => path === 'd1/f1.php')] = 1
  await writeFile(place('d2/f2.php'), 'web shell')
  const helper = started()

  await helper.help({ ...order, flags: flags() })

  const names = await namesBelow(order.folder)
  expect(names).not.toContain('d1/f1.php')
  expect(names).not.toContain('d2/f2.php')
  expect(order.plan.changedAt[list.findIndex(({ path }) => path === 'd2/f2.php')]).toBe(0n)
  expect(names.filter((name) => name.endsWith('.php'))).toHaveLength(amount - 2)
})

it('stops when the job is over, and is of use again', async () => {
  const { order } = await openPlan()
  const helper = started()
  const over = flags()
  Atomics.store(over, flag.abort, 1)

  await expect(helper.help({ ...order, flags: over })).rejects.toThrow('told to stop')
  const again = createLinkPlan(order.plan.unwanted.length)
  await helper.help({ ...order, plan: again, flags: flags() })

  expect(isDone(again)).toBe(true)
})

it('has read ahead what a job asks for, and reads it again when another took its place', async () => {
  const { manifest } = await openPlan()
  const ahead = createAhead()
  ahead.read(manifest)
  const first = ahead.manifest(manifest)
  expect(ahead.manifest(manifest)).toBe(first)
  expect(first?.whole()?.list.length).toBe(first?.lines.length)
  const lines = (await readFile(manifest, 'utf8')).split('\n')

  await writeFile(manifest, `${lines.slice(0, -2).join('\n')}\n`)

  expect(ahead.manifest(manifest)).toBeNull()
})

it('knows a manifest that is broken in its middle for such when it comes there', async () => {
  const { manifest } = await openPlan()
  const lines = (await readFile(manifest, 'utf8')).split('\n')
  await writeFile(manifest, lines.with(9, '{"kind":"fi').join('\n'))

  const known = knowManifest(manifest)

  expect(known?.parseSome()).toBe(false)
  expect(known?.whole()).toBeNull()
})

function started(): LinkHelper {
  const helper = startLinkHelper()
  onTestFinished(() => helper.close())
  return helper
}

function flags(): Int32Array<SharedArrayBuffer> {
  return new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT))
}

/** A release, and a plan to link all of it into an empty folder. */
async function openPlan() {
  const lab = await openReleaseLab()
  const paths = Array.from({ length: amount }, (_, at) => `d${at % 7}/f${at}.php`)
  const { release } = await lab.deploy(sourceTar(Object.fromEntries(paths.map((path) => [path, path]))))
  const manifest = lab.manifestOf(release)
  const known = knowManifest(manifest)
  const list = known?.whole()?.list
  if (!known || !list) throw new Error('there is no manifest')
  const order: LinkOrder = {
    ...{ plan: createLinkPlan(list.length), manifest: known.lines.text, folder: await makeFolder() },
    ...{ previous: join(lab.root, 'releases', release.name), owner: { uid: 0, gid: 0 } },
    rules: { shared: [], kept: [], writable: [] },
  }
  return { order, manifest, list, place: (path: string) => lab.placeOf(release, path) }
}
