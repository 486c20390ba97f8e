import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ImageName } from '@slipway/core'
import { image as labImage } from '@slipway/lab'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { newName, pull, source } from '../../test/contracts/container-engine.ts'
import { calm, failureOf } from '../../test/failure.ts'
import { treeOf } from '../../test/folder.ts'
import { plainCopy, releaseOf, sourceOf } from '../../test/project.ts'
import { type OfferedImage, openRealEngine, type RealEngine } from '../../test/real-engine.ts'
import { folder, type TarEntry, tar } from '../../test/tar.ts'
import type { ContainerEngine, ContainerSpec } from '../ports/container-engine.ts'
import { createDockerEngine } from './docker-engine.ts'
import { createFileReleaseStore } from './file-release-store.ts'

const user = { username: 'ada', password: 'a password of ada' }
const path = '/var/www/app'
const parents = [folder('var'), folder('var/www')]
let real: RealEngine
let engine: ContainerEngine

beforeAll(async () => {
  real = await openRealEngine({ user })
  engine = createDockerEngine(real.docker, 'local')
})

afterAll(() => real.close())

/** Copies the source of an image into a release, as a deploy does. */
async function copy({ image, digest }: OfferedImage): Promise<{ folder: string; copying: Promise<unknown> }> {
  await pullAs(image, digest, user)
  const root = await mkdtemp(join(tmpdir(), 'slipway-copy-'))
  onTestFinished(() => rm(root, { recursive: true, force: true }))
  const store = createFileReleaseStore(root)
  await store.prepare()
  const release = releaseOf(1, 'a')
  const archive = await engine.openSource({ image, digest, path, purpose: source('shop') }, calm)
  const copying = store
    .copy({ release, archive: archive.stream, source: sourceOf(), ...plainCopy, signal: calm })
    .finally(() => archive.close())
  return { folder: join(root, 'releases', release.name), copying }
}

function pullAs(image: ImageName, digest: string, credentials: typeof user | null): Promise<void> {
  return engine.pull({ image, digest, credentials, inactivity: 30_000, signal: calm, onProgress: () => {} })
}

describe('the source of a real image', () => {
  const entries: TarEntry[] = [
    ...parents,
    folder('var/www/app', 0o700),
    folder('var/www/app/bin', 0o500),
    { name: 'var/www/app/bin/run', content: '#!/bin/sh\n', mode: 0o4711 },
    { name: 'var/www/app/a-first', content: 'same', mode: 0o000 },
    { name: 'var/www/app/z-last', type: 'link', linkname: 'var/www/app/a-first' },
    { name: 'var/www/app/link', type: 'symlink', linkname: 'bin/run' },
    { name: 'var/www/app/bin/up', type: 'symlink', linkname: '../a-first' },
    { name: 'var/www/app/ümläut $(x)', content: 'name' },
    { name: 'var/www/app/large', content: Buffer.alloc(2_500_000, 'slipway') },
    { name: 'var/www/outside', content: 'hard' },
    { name: 'var/www/app/from-outside', type: 'link', linkname: 'var/www/outside' },
  ]

  it('is copied exactly, with the modes that a site needs', async () => {
    const { folder: release, copying } = await copy(await real.offer('acme/odd', tar(entries)))

    expect(await copying).toMatchObject({ files: 6 - 1, bytes: 10 + 4 + 4 + 4 + 2_500_000 })

    const tree = await treeOf(release)
    expect(Object.keys(tree).toSorted()).toEqual(
      [
        'a-first',
        'bin',
        'bin/run',
        'bin/up',
        'from-outside',
        'large',
        'link',
        'z-last',
        'ümläut $(x)',
      ].toSorted(),
    )
    expect(tree).toMatchObject({
      bin: 'folder 755',
      'bin/run': expect.stringMatching(/^file 755 /),
      'bin/up': 'link ../a-first',
      link: 'link bin/run',
      'a-first': expect.stringMatching(/^file 644 /),
      'z-last': tree['a-first'],
    })
    expect((await stat(join(release, 'z-last'))).ino).toBe((await stat(join(release, 'a-first'))).ino)
    expect((await stat(join(release, 'large'))).size).toBe(2_500_000)
    expect(await real.sources('shop')).toBe(0)
  })

  it('is copied also when the image says that it is a volume, and the volume goes with its container', async () => {
    const volumes = async () => (await real.docker.listVolumes()).Volumes.map(({ Name: name }) => name)
    const before = await volumes()
    const offered = await real.offer('acme/volume', tar(entries), [`VOLUME ${path}`])

    const { folder: release, copying } = await copy(offered)
    await copying

    expect(Object.keys(await treeOf(release))).toHaveLength(9)
    expect((await volumes()).filter((name) => !before.includes(name))).toEqual([])
  })

  it.each<[string, TarEntry[], string]>([
    [
      'a device',
      [folder('var/www/app'), { name: 'var/www/app/null', type: 'character-device' }],
      'SOURCE_REFUSED',
    ],
    ['a FIFO', [folder('var/www/app'), { name: 'var/www/app/pipe', type: 'fifo' }], 'SOURCE_REFUSED'],
    [
      'a link out of the source',
      [folder('var/www/app'), { name: 'var/www/app/l', type: 'symlink', linkname: '/etc/passwd' }],
      'SOURCE_REFUSED',
    ],
    [
      'a link for a source',
      [folder('var/www/other'), { name: 'var/www/app', type: 'symlink', linkname: 'other' }],
      'SOURCE_REFUSED',
    ],
    ['a file for a source', [{ name: 'var/www/app', content: 'x' }], 'SOURCE_MISSING'],
    ['an empty source', [folder('var/www/app')], 'SOURCE_MISSING'],
  ])('is refused for %s', async (what, hostile, code) => {
    const repository = `acme/${what.replaceAll(' ', '-').toLowerCase()}`

    const { folder: release, copying } = await copy(
      await real.offer(repository, tar([...parents, ...hostile])),
    )

    expect((await failureOf(copying)).code).toBe(code)
    await expect(stat(release)).rejects.toThrow('ENOENT')
    expect(await real.sources('shop')).toBe(0)
  })
})

describe('a pull by a real engine', () => {
  it.each([
    ['none', null],
    ['wrong ones', { ...user, password: 'not the password' }],
  ])('is refused with %s for credentials', async (_what, credentials) => {
    const { image, digest } = await real.offer('acme/private', tar([{ name: 'x', content: 'x' }]))

    const error = await failureOf(pullAs(image, digest, credentials))

    expect(error.code).toMatch(/^(?:ENGINE|PULL)_FAILED$/)
    expect(await engine.hasImage(image, digest, calm)).toBe(false)
  })

  it('keeps the image under a name of the project, so that no pruning of unnamed images takes it', async () => {
    const { image, digest } = await real.offer('acme/kept', tar([{ name: 'x', content: 'kept' }]))
    await pullAs(image, digest, user)
    const project = newName()

    await engine.keepImage(image, digest, { project, seq: 17 }, calm)

    const facts = await real.docker.getImage(`slipway.local/${project}:17`).inspect()
    expect(facts.RepoDigests).toContain(`${image.registry}/${image.repository}@${digest}`)
  })

  it('is gone from the engine when it is forgotten, also when it is forgotten twice', async () => {
    const { image, digest } = await real.offer('acme/forgotten', tar([{ name: 'x', content: 'forgotten' }]))
    await pullAs(image, digest, user)
    const project = newName()
    await engine.keepImage(image, digest, { project, seq: 18 }, calm)

    await engine.forgetImage(image, digest, { project, seq: 18 }, calm)
    await engine.forgetImage(image, digest, { project, seq: 18 }, calm)

    expect(await engine.hasImage(image, digest, calm)).toBe(false)
  })

  it('stays when it is forgotten while another project keeps it, and goes with the last one', async () => {
    const { image, digest } = await real.offer('acme/shared', tar([{ name: 'x', content: 'shared' }]))
    await pullAs(image, digest, user)
    const [one, other] = [newName(), newName()]
    for (const project of [one, other]) await engine.keepImage(image, digest, { project, seq: 19 }, calm)

    await engine.forgetImage(image, digest, { project: one, seq: 19 }, calm)
    expect(await engine.hasImage(image, digest, calm)).toBe(true)

    await engine.forgetImage(image, digest, { project: other, seq: 19 }, calm)
    expect(await engine.hasImage(image, digest, calm)).toBe(false)
  })

  it('may be tried again when it went before it could be kept', async () => {
    const { image, digest } = await real.offer('acme/went', tar([{ name: 'x', content: 'went' }]))

    const error = await failureOf(engine.keepImage(image, digest, { project: newName(), seq: 20 }, calm))

    expect(error.code).toBe('PULL_FAILED')
    expect(error.retryable).toBe(true)
  })

  it('may be tried again when nobody answers for the registry', async () => {
    const { digest } = await real.offer('acme/gone', tar([{ name: 'x', content: 'gone' }]))

    const error = await failureOf(pull(engine, { registry: '127.0.0.1:9', repository: 'acme/gone' }, digest))

    expect(error.code).toBe('PULL_FAILED')
    expect(error.retryable).toBe(true)
  })
})

describe('a migration container', () => {
  async function spec(more: Partial<ContainerSpec> = {}): Promise<ContainerSpec> {
    const base = await labImage('debian', { say: () => {} })
    const { image, digest } = await real.offerTagged('acme/base', base)
    await pullAs(image, digest, user)
    const project = newName()
    const made: ContainerSpec = {
      name: `slipway-migrate-${project}`,
      image,
      digest,
      purpose: { project, role: 'migrate', release: '1-aaaaaaaaaaaa-rand', deployment: 'd-1' },
      command: ['sleep', '600'],
      environment: [],
      network: undefined,
      user: undefined,
      memory: undefined,
      cpus: undefined,
      pids: 64,
      ...more,
    }
    onTestFinished(async () => {
      const left = await engine.findContainer(made.name, calm)
      if (left) await engine.removeContainer(left.id, calm)
    })
    return made
  }

  it('has what it needs and no more', async () => {
    const made = await spec({ environment: ['A=b c'], user: '1234:2345' })

    const id = await engine.runContainer(made, calm)

    const { Config: config, HostConfig: host, Mounts: mounts } = await real.docker.getContainer(id).inspect()
    expect(config.Env).toContain('A=b c')
    expect(config.User).toBe('1234:2345')
    expect(config.Labels).toMatchObject({
      'slipway.project': made.purpose.project,
      'slipway.role': 'migrate',
      'slipway.release': '1-aaaaaaaaaaaa-rand',
      'slipway.deployment': 'd-1',
    })
    expect(host).toMatchObject({
      NetworkMode: 'none',
      Privileged: false,
      SecurityOpt: ['no-new-privileges'],
      CapDrop: ['ALL'],
      PidsLimit: 64,
      Memory: 0,
      NanoCpus: 0,
    })
    expect(mounts).toEqual([])
  })

  it('gets no more than its limits, and root in it no capability', async () => {
    const script = 'grep -E "^Cap(Eff|Bnd)|NoNewPrivs" /proc/self/status'
    const made = await spec({ memory: 64e6, cpus: 0.25, pids: 20, command: ['sh', '-c', script] })
    const lines: string[] = []

    const id = await engine.runContainer(made, calm)
    await engine.followOutput(id, (line) => lines.push(line.replace(/\s+/g, ' ')), calm)

    const { HostConfig: host } = await real.docker.getContainer(id).inspect()
    expect(host).toMatchObject({ Memory: 64e6, MemorySwap: 64e6, NanoCpus: 250_000_000, PidsLimit: 20 })
    expect(lines).toEqual(['CapEff: 0000000000000000', 'CapBnd: 0000000000000000', 'NoNewPrivs: 1'])
  })

  it('that ignores a request to end is killed', async () => {
    const made = await spec({ command: ['sh', '-c', 'trap "" TERM; while :; do sleep 0.1; done'] })
    const id = await engine.runContainer(made, calm)

    await engine.stopContainer(id, 1_000, calm)

    expect(await engine.waitForExit(id, calm)).toBe(137)
  })

  it('gives lines as text, whatever bytes they hold', async () => {
    const script =
      'printf "\\033[31mred\\033[0m\\n\\377\\376\\nüber\\n"; for i in $(seq 2000); do echo line $i; done'
    const made = await spec({ command: ['sh', '-c', script] })
    const lines: string[] = []

    const id = await engine.runContainer(made, calm)
    await engine.followOutput(id, (line) => lines.push(line), calm)

    expect(lines).toHaveLength(2_003)
    expect(lines.join('\n').replaceAll('\n', '')).not.toMatch(/\p{Cc}/u)
    expect(lines[2]).toBe('über')
    expect(lines.at(-1)).toBe('line 2000')
  })
})
