import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { gunzipSync } from 'node:zlib'
import { extract } from 'tar-stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { busyboxLayer } from './oci/busybox-layer.ts'
import { makeImage } from './oci/image.ts'
import { type Layer, makeLayer } from './oci/layer.ts'
import { getManifest, putBlob, putManifest, removeContent } from './oci/upload.ts'
import { pushImage, retag } from './oci-image.ts'
import { type RegistryProcess, startRegistryProcess } from './registry-process.ts'

const say = () => {}
const installing = 300_000

describe('an image of the lab', () => {
  let folder = ''
  let registry: RegistryProcess
  let place: { registry: string; repository: string }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-oci-'))
    registry = await startRegistryProcess({ folder: join(folder, 'registry'), say })
    place = { registry: registry.host, repository: 'acme/shop' }
  }, installing)
  afterAll(async () => {
    await registry?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  it.each(['docker', 'oci'] as const)(
    'is what the registry gives back under its tag (%s)',
    async (format) => {
      const files = { '/var/www/app/REVISION': 'v1', '/var/www/app/public/index.php': '<?php' }
      const config = { Cmd: ['true'], Labels: { a: 'b' } }
      const { digest } = await pushImage({ ...place, tags: [format], files, config, format })

      const found = await getManifest(place, format)

      expect(found.digest).toBe(digest)
      const manifest = JSON.parse(String(found.bytes))
      const about = JSON.parse(String(await blob(manifest.config.digest)))
      expect(about).toMatchObject({ os: 'linux', config })
      const tar = gunzipSync(await blob(manifest.layers[0].digest))
      expect(about.rootfs.diff_ids).toEqual([sha256(tar)])
      expect(await namesOf(tar)).toEqual([
        'var/',
        'var/www/',
        'var/www/app/',
        'var/www/app/public/',
        'var/www/app/REVISION',
        'var/www/app/public/index.php',
      ])
    },
  )

  it('has the same digest whenever it is made of the same', async () => {
    const push = (content: string, tag: string) =>
      pushImage({ ...place, tags: [tag], files: { '/app/REVISION': content } })

    const [first, same, other] = [await push('1', 'a'), await push('1', 'b'), await push('2', 'a')]

    expect(same.digest).toBe(first.digest)
    expect(other.digest).not.toBe(first.digest)
    expect((await retag(place, first.digest, 'a')).digest).toBe(first.digest)
    expect((await getManifest(place, 'a')).digest).toBe(first.digest)
  })

  it('may hold whatever a tar archive can say', async () => {
    const { bytes } = await makeLayer([
      { header: { name: '../../etc/evil' }, content: 'x' },
      { header: { name: 'device', type: 'character-device', devmajor: 1, devminor: 3 } },
      { header: { name: 'out', type: 'symlink', linkname: '/etc' } },
    ])

    expect(await namesOf(gunzipSync(bytes))).toEqual(['../../etc/evil', 'device', 'out'])
  })

  it('can be far larger than what is sent', async () => {
    const bomb = await makeLayer([{ header: { name: 'bomb' }, zeros: 64 * 1024 * 1024 }])

    expect(bomb.bytes.length).toBeLessThan(500_000)
    expect(gunzipSync(bomb.bytes).length).toBeGreaterThan(64 * 1024 * 1024)
  })

  it('can lose a layer, or have one that is not what its digest says', async () => {
    const [lost, wrong] = [await layerOf('lost'), await layerOf('wrong')]
    const image = makeImage({ layers: [lost, wrong] })
    for (const one of image.blobs) await putBlob(place, one)
    await putManifest(place, 'broken', image.manifest)

    await removeContent(place, 'blobs', lost.digest)
    await writeFile(registry.blobFile(wrong.digest), 'something else')

    expect((await getManifest(place, 'broken')).digest).toBe(image.manifest.digest)
    await expect(blob(lost.digest)).rejects.toThrow('404')
    expect(String(await blob(wrong.digest))).toBe('something else')
  })

  it('outlives a registry that is killed', async () => {
    const { digest } = await pushImage({ ...place, tags: ['kept'], files: { '/a': 'b' } })
    const before = registry.pid()

    await registry.kill()
    await expect(getManifest(place, 'kept')).rejects.toThrow()
    await registry.start()

    expect(registry.pid()).not.toBe(before)
    expect((await getManifest(place, 'kept')).digest).toBe(digest)
  })

  it(
    'can stand on a busybox, which needs no library',
    async () => {
      const names = await namesOf(gunzipSync((await busyboxLayer({ say })).bytes))

      expect(names).toEqual(expect.arrayContaining(['bin/busybox', 'bin/sh', 'bin/sleep', 'tmp/']))
    },
    installing,
  )

  async function blob(digest: string): Promise<Buffer> {
    const answer = await fetch(`http://${place.registry}/v2/${place.repository}/blobs/${digest}`)
    if (answer.status !== 200) throw new Error(`the registry answered ${answer.status}`)
    return Buffer.from(await answer.arrayBuffer())
  }
})

function layerOf(content: string): Promise<Layer> {
  return makeLayer([{ header: { name: 'file' }, content }])
}

async function namesOf(tar: Buffer): Promise<string[]> {
  const names: string[] = []
  const reading = extract()
  Readable.from([tar]).pipe(reading as unknown as NodeJS.WritableStream)
  for await (const entry of reading) {
    names.push(entry.header.name)
    entry.resume()
  }
  return names
}

function sha256(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}
