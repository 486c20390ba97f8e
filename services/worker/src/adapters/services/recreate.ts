import { SlipwayError, serviceLabels } from '@slipway/core'
import type Docker from 'dockerode'
import type { ReloadRequest } from '../../ports/service-manager.ts'
import { containersOf, type Facts } from './containers.ts'
import { waitForHealth } from './health-gate.ts'
import { digestName, findImage } from './images.ts'
import { putBack, standOf } from './stand.ts'
import { type Reached, swap } from './swap.ts'

export interface RecreateOptions {
  readonly docker: Docker
  /** Of the service's container. */
  readonly name: string
  /** Milliseconds that a new container has to become healthy. */
  readonly timeout: number
  readonly request: ReloadRequest
  readonly signal: AbortSignal
  readonly reached: Reached
}

/** Brings a container to what a release needs, from whatever an earlier run left. */
export async function recreate(options: RecreateOptions): Promise<void> {
  const { docker, name, request, signal } = options
  const { main, kept, wasHalf } = await repaired(options)
  if (kept && isOf(main, request.release)) return orPutBack(options, () => bringUp(options, main))
  if (kept && isOf(main, request.leaving)) return goOnWith(options, await putBack(docker, name))
  // Its release was decided, and nobody got round to letting go.
  if (kept) await containersOf(docker, signal).remove(kept.Id, 'used')
  const isServed = request.leaving === null ? isOf(main, request.release) : !isOf(main, request.leaving)
  if (!isServed) return replace(options, main)
  // What this walk has not touched is nobody's business here.
  if (wasHalf || !(await hasRightImage(options, main))) await goOnWith(options, main)
}

/** A replacement that never began to run is undone; one that did is for its health to decide. */
async function repaired(
  options: RecreateOptions,
): Promise<{ main: Facts; kept: Facts | null; wasHalf: boolean }> {
  const { docker, name, signal } = options
  const { main, kept, next } = await standOf(containersOf(docker, signal), name)
  const wasHalf = next !== null || (kept !== null && (!main || main.State.Status === 'created'))
  if (wasHalf) return { main: await putBack(docker, name), kept: null, wasHalf }
  if (!main) throw new SlipwayError('RELOAD_FAILED', `There is no container ${name}.`)
  return { main, kept, wasHalf }
}

/** What ran before is taken as it is, unless it is of another image than the release that is served. */
async function goOnWith(options: RecreateOptions, main: Facts): Promise<void> {
  if (await hasRightImage(options, main)) await bringUp(options, main)
  else await replace(options, main)
}

async function hasRightImage({ docker, request, signal }: RecreateOptions, main: Facts): Promise<boolean> {
  const { image } = request
  if (typeof image === 'string') return true
  const wanted = await findImage(docker, digestName(image), signal)
  // Without its image nothing better than what is there can be made.
  return wanted === null || wanted.id === main.Image
}

async function replace(options: RecreateOptions, old: Facts): Promise<void> {
  await orPutBack(options, async () => {
    const id = await swap({ ...options, old })
    await requireHealth(options, id, 0)
  })
}

async function bringUp(options: RecreateOptions, { Id: id, RestartCount: before }: Facts): Promise<void> {
  await containersOf(options.docker, options.signal).start(id)
  await requireHealth(options, id, before)
}

async function requireHealth(options: RecreateOptions, id: string, restarts: number): Promise<void> {
  const { docker, name, timeout, signal } = options
  const why = await waitForHealth({ docker, id, restarts, timeout, signal })
  if (why === null) return
  throw new SlipwayError('SERVICE_UNHEALTHY', `The container ${name} is not well: ${why}.`)
}

async function orPutBack({ docker, name }: RecreateOptions, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (cause) {
    try {
      await putBack(docker, name)
    } catch (error) {
      const said = (thrown: unknown) => (thrown instanceof Error ? thrown.message : String(thrown))
      const why = `${said(cause)} The one before it could not be brought back: ${said(error)}`
      throw new SlipwayError('RELOAD_FAILED', why, { cause })
    }
    throw cause
  }
}

function isOf({ Config }: Facts, release: string | null): boolean {
  return release !== null && Config.Labels[serviceLabels.release] === release
}
