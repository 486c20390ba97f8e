import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { processesOf } from './engine/leftovers.ts'
import { busyboxLayer } from './oci/busybox-layer.ts'
import { makeLayer } from './oci/layer.ts'
import { pushImage } from './oci-image.ts'
import { type PrivateEngine, startPrivateEngine } from './private-engine.ts'
import { startRegistryProcess } from './registry-process.ts'
import { mountTmpfs } from './tmpfs.ts'

const say = () => {}

describe('an engine of one’s own', () => {
  const closers: (() => Promise<unknown>)[] = []
  let folder = ''
  let image = ''

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-e-'))
    closers.push(() => rm(folder, { recursive: true }))
    const registry = await startRegistryProcess({ folder: join(folder, 'registry'), say })
    closers.push(registry.stop)
    const [base, bomb] = [await busyboxLayer({ say }), await bombLayer()]
    await pushImage({ registry: registry.host, repository: 'lab/box', tags: ['small'], base })
    await pushImage({ registry: registry.host, repository: 'lab/box', tags: ['bomb'], base, layers: [bomb] })
    image = `${registry.host}/lab/box`
  })
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close()
  })

  /** A further one whose end is looked after. */
  async function start(dataRoot?: string): Promise<PrivateEngine> {
    const place = { folder: join(folder, 'e'), ...(dataRoot ? { dataRoot } : {}) }
    const engine = await startPrivateEngine({ ...place, say })
    closers.push(async () => {
      await engine.stop()
      expect(await processesOf({ execRoot: join(engine.folder, 'exec'), dataRoot: engine.dataRoot })).toEqual(
        [],
      )
      expect(await readFile('/proc/self/mountinfo', 'utf8')).not.toContain(`${folder}/e`)
    })
    return engine
  }

  it('leaves the network of the machine alone, but for an interface of its own', async () => {
    const before = await readdir('/sys/class/net')

    const engine = await start()
    const during = await readdir('/sys/class/net')
    await engine.stop()

    expect(during).toEqual(expect.arrayContaining(before))
    expect(await readdir('/sys/class/net')).toEqual(expect.arrayContaining(before))
    expect(during.filter((name) => !before.includes(name) && name.startsWith('slipway'))).not.toEqual([])
  })

  const sleep = ['run', '--detach', '--name', 'sleeper']

  it('pulls and runs what a registry on this machine has, and keeps it when it is killed', async () => {
    const engine = await start()
    expect(await engine.docker('run', '--rm', `${image}:small`, 'sh', '-c', 'echo hello')).toBe('hello\n')
    const pid = engine.pid()

    await engine.kill()
    await expect(engine.docker('version')).rejects.toThrow()
    await engine.start()

    expect(engine.pid()).not.toBe(pid)
    expect(await engine.docker('images', '--format', '{{.Tag}}')).toBe('small\n')
  })

  it('that is frozen takes calls and answers none of them before it is thawed', async () => {
    const engine = await start()
    engine.freeze()
    let said = ''
    const asked = engine.docker('version', '--format', '{{.Server.Os}}').then((text) => {
      said = text
    })
    await delay(500)
    expect(said).toBe('')

    engine.thaw()
    await asked

    expect(said).toBe('linux\n')
  })

  it('ends what runs in its containers, also when it was killed before', async () => {
    const engine = await start()
    await engine.docker(...sleep, `${image}:small`, 'sleep', '1000')

    await engine.kill()

    const places = { execRoot: join(engine.folder, 'exec'), dataRoot: engine.dataRoot }
    expect((await processesOf(places)).length).toBeGreaterThan(1)
  })

  it('ends what runs in its containers, also when it is frozen', async () => {
    const engine = await start()
    await engine.docker(...sleep, `${image}:small`, 'sleep', '1000')

    engine.freeze()
  })

  it('runs out of room where its data lies on a small disk', async () => {
    const disk = await mountTmpfs(join(folder, 'disk'), { size: '40m' })
    closers.push(disk.unmount)
    const engine = await start(disk.path)

    await expect(engine.docker('pull', `${image}:bomb`)).rejects.toThrow('no space left on device')

    await engine.docker('pull', '--quiet', `${image}:small`)
  })

  it('does not start where the path of its socket would be too long', async () => {
    const long = join(folder, 'x'.repeat(80))

    await expect(startPrivateEngine({ folder: long, say })).rejects.toThrow('too long a name')
  })
})

function bombLayer() {
  return makeLayer([{ header: { name: 'zeros' }, zeros: 200 * 1024 * 1024 }])
}
