import { image as labImage } from '@slipway/lab'
import type Docker from 'dockerode'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { newName, pull } from '../../test/contracts/container-engine.ts'
import { calm, failureOf } from '../../test/failure.ts'
import { releaseOf } from '../../test/project.ts'
import { type OfferedImage, openRealEngine, type RealEngine, swept } from '../../test/real-engine.ts'
import { openRig } from '../../test/rig.ts'
import { createDockerCommands } from '../adapters/docker-commands.ts'
import { createDockerEngine } from '../adapters/docker-engine.ts'
import { beforeContainer } from './before.ts'
import { migrationContainer, runMigration } from './steps/migrate.ts'

let real: RealEngine
let offered: OfferedImage
let base = ''

beforeAll(async () => {
  real = await openRealEngine()
  base = await labImage('debian', { say: () => {} })
  offered = await real.offerTagged('acme/before', base)
})

afterAll(() => real.close())

/** The migration of a release that was copied, in a real engine. */
async function open(before: object) {
  const { image, digest } = offered
  const engine = createDockerEngine(real.docker, 'local')
  await pull(engine, image, digest)
  const migrate = { command: ['echo', 'migrated'], env: { GREETING: 'hello' }, memory: '64MB', before }
  const project = { image: `${image.registry}/${image.repository}`, migrate }
  const rig = await openRig({ name: newName(), project })
  const run = { ...rig.run, engine, commands: createDockerCommands(real.docker) }
  const { migrate: migration } = rig.site.config
  if (!migration) throw new Error('no migration')
  const left = async (name: string) => (await engine.findContainer(name, calm)) !== null
  const { name } = rig.site
  return {
    migrating: () => runMigration(run, { ...releaseOf(1, 'a'), digest }, migration, calm),
    output: () => rig.report.lines.filter((line) => line.includes(' | ')),
    left: async () => [await left(beforeContainer(name)), await left(migrationContainer(name))],
  }
}

async function startDatabase(): Promise<Docker.Container> {
  const container = await real.docker.createContainer({
    name: newName(),
    Image: base,
    Cmd: ['sleep', '600'],
    Labels: swept,
    HostConfig: { Init: true, NetworkMode: 'none' },
  })
  onTestFinished(() => container.remove({ force: true }))
  await container.start()
  return container
}

describe('what is run before a migration', () => {
  it('runs in the database container that is there, and then the migration does', async () => {
    const database = await startDatabase()
    const { Name: name } = await database.inspect()
    const command = ['sh', '-c', 'echo dump > /tmp/dump && echo dumped']
    const { migrating, output, left } = await open({ container: name.slice(1), command })

    await migrating()

    await database.infoArchive({ path: '/tmp/dump' })
    expect(output()).toEqual(['[migrate] before | dumped', '[migrate] | migrated'])
    expect(await left()).toEqual([false, false])
  })

  it('runs in a container of the new image with the variables of the migration', async () => {
    const { migrating, output, left } = await open({ command: ['sh', '-c', 'echo "$GREETING"'] })

    await migrating()

    expect(output()).toEqual(['[migrate] before | hello', '[migrate] | migrated'])
    expect(await left()).toEqual([false, false])
  })

  it('is ended when it takes too long, and no migration begins', async () => {
    const { migrating, output, left } = await open({ command: ['sleep', '600'], timeout: '1500ms' })

    expect((await failureOf(migrating())).code).toBe('BACKUP_FAILED')
    expect(output()).toEqual([])
    expect(await left()).toEqual([false, false])
  })
})
