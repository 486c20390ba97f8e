import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type BenchOptions, createBars } from '../bars.ts'
import { openHost } from '../host.ts'
import { withMachine } from '../with-machine.ts'
import { comparedProjects, compareReleases } from './compare.ts'
import { sweepSizes, sweptProjects } from './sweep-sizes.ts'

/** What the step copy costs against its floors, and how that grows with the number of files. */
export function benchRelease(options: BenchOptions): Promise<void> {
  return withMachine(async (folder, onClose) => {
    const bars = createBars(options)
    const own = join(folder, 'host')
    await mkdir(own)
    const projects = { ...comparedProjects, ...sweptProjects(options) }
    const host = await openHost({ folder: own, onClose, projects })
    const part = { ...options, folder, host, bars }
    await compareReleases(part)
    await sweepSizes(part)
    bars.report()
  })
}
