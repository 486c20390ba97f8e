import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ensureMachine, image as labImage, sweepThisRun } from '@slipway/lab'
import Docker from 'dockerode'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createDockerCommands } from '../../src/adapters/docker-commands.ts'
import { createSiteProbe } from '../../src/adapters/site-probe.ts'
import { checkOf } from '../check.ts'
import { calm, failureOf } from '../failure.ts'
import { swept } from '../real-engine.ts'
import { describeContainerCommands } from './container-commands.ts'
import { newName } from './container-engine.ts'
import { describeContainerProbe } from './site-probe.ts'

const docker = new Docker()
const probe = createSiteProbe(docker)
const commands = createDockerCommands(docker)
const second = 1_000_000_000
const names = { healthy: newName(), starting: newName(), unhealthy: newName(), plain: newName() }
const ended = newName()
const say = () => {}
let base = ''
let stateDir = ''
let stopMachine = async () => {}

beforeAll(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'worker-engine-'))
  const machine = await ensureMachine({ stateDir, say })
  if (!machine.ok) throw new Error(machine.why)
  stopMachine = machine.stop
  base = await labImage('debian', { say })
  await Promise.all([
    start(names.healthy, { Healthcheck: health('true') }),
    start(names.starting, { Healthcheck: { ...health('true'), Interval: 600 * second } }),
    start(names.unhealthy, { Healthcheck: health('printf "one\\n\\033[31mthe last\\n"; exit 1') }),
    start(names.plain),
    start(ended, { Cmd: ['sh', '-c', 'exit 4'] }),
  ])
  await Promise.all([settled(names.healthy), settled(names.unhealthy), docker.getContainer(ended).wait()])
})

afterAll(async () => {
  await sweepThisRun()
  await stopMachine()
  await rm(stateDir, { recursive: true, force: true })
})

describeContainerProbe('Docker', async () => ({
  probe,
  healthy: { health: names.healthy },
  starting: { health: names.starting },
  unhealthy: { health: names.unhealthy },
  missing: { health: newName() },
  succeeding: exec(names.plain, 'true'),
  failing: exec(names.plain, 'sh', '-c', 'exit 3'),
}))

describeContainerCommands('Docker', async () => ({
  commands,
  running: names.plain,
  missing: newName(),
  words: {
    speaks: ['sh', '-c', 'echo one; printf two >&2; exit 3'],
    // Told from that of an earlier test by its number.
    waits: ['sleep', String(600 + Math.floor(Math.random() * 1_000_000))],
  },
}))

describe('a look at a container', () => {
  it.each([
    [
      'that is unhealthy ends with what its HEALTHCHECK said last',
      names.unhealthy,
      'is unhealthy: [31mthe last',
    ],
    ['without a HEALTHCHECK fails', names.plain, 'has no HEALTHCHECK'],
    ['that has ended says how', ended, 'does not run (exited, exit code 4)'],
  ])('%s', async (_, name, said) => {
    expect(await probe.look(checkOf({ health: name }), calm)).toEqual({ result: 'unwell', said })
  })

  it('counts nothing that its HEALTHCHECK saw of the version before', async () => {
    const check = checkOf({ health: names.healthy })
    const soon = Date.now() + 700

    const early = await probe.look(check, calm, soon)

    expect(early.result).toBe('pending')
    await vi.waitUntil(async () => (await probe.look(check, calm, soon)).result === 'well', 5_000)
    expect(Date.now()).toBeGreaterThan(soon)
  })

  it('by a command says its last line when it fails', async () => {
    const look = await probe.look(
      checkOf(exec(names.plain, 'sh', '-c', 'echo a >&2; echo no db >&2; exit 3')),
      calm,
    )

    expect(look).toEqual({ result: 'unwell', said: 'ended with exit code 3: no db' })
  })

  it('by a command waits no longer than its timeout', async () => {
    const check = checkOf({ ...exec(names.plain, 'sleep', '20'), timeout: '300ms' })

    expect((await probe.look(check, calm)).said).toBe('gave no answer (it took longer than 300 ms)')
  })

  it('by a command that outlived its look begins no second one beside it', async () => {
    const check = checkOf({ ...exec(names.plain, 'sleep', '1'), timeout: '200ms' })
    await probe.look(check, calm)

    const second = await probe.look(check, calm)

    expect(second).toEqual({ result: 'unwell', said: 'still runs since an earlier look' })
    await vi.waitUntil(async () => (await probe.look(check, calm)).said.startsWith('gave no answer'), 5_000)
  })

  it.each([
    [ended, 'does not run'],
    [newName(), 'is not there'],
  ])('by a command says that there is nothing to run it in (%s)', async (name, said) => {
    expect(await probe.look(checkOf(exec(name, 'true')), calm)).toEqual({ result: 'unwell', said })
  })

  it('by a command that the container does not have fails', async () => {
    const look = await probe.look(checkOf(exec(names.plain, '/no/such/program')), calm)

    expect(look.result).toBe('unwell')
    expect(look.said).toMatch(/exit code 12[67]|no such file/)
  })
})

it('a command in a container that has ended is refused', async () => {
  const run = commands.run({ container: ended, command: ['true'] }, () => {}, calm)

  expect((await failureOf(run)).code).toBe('ENGINE_FAILED')
})

function health(script: string): Docker.HealthConfig {
  return { Test: ['CMD', 'sh', '-c', script], Interval: second / 5, Timeout: 10 * second, Retries: 1 }
}

function exec(container: string, ...command: string[]): object {
  return { exec: { container, command } }
}

async function start(name: string, more: Docker.ContainerCreateOptions = {}): Promise<void> {
  const container = await docker.createContainer({
    name,
    Image: base,
    Cmd: ['sleep', '600'],
    Labels: swept,
    HostConfig: { Init: true, NetworkMode: 'none' },
    ...more,
  })
  await container.start()
}

async function settled(name: string): Promise<void> {
  const status = async () => (await docker.getContainer(name).inspect()).State.Health?.Status
  await vi.waitUntil(async () => (await status()) !== 'starting', { timeout: 30_000 })
}
