import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

const execute = promisify(execFile)
const main = fileURLToPath(new URL('../../bench/src/main.ts', import.meta.url))
const timeout = 120_000

/** All that a bench prints, run in its small form. */
async function runQuick(name: string): Promise<string> {
  return (await execute(process.execPath, [main, name, '--quick'], { timeout })).stdout
}

/** The names of the figures that have a bar. */
function barsIn(output: string): string[] {
  const [, ...rows] = (output.split('value (bar)').at(-1) ?? '').split('\n')
  return rows.filter((row) => /(?:ok|MISSED)$/.test(row)).map((row) => row.replace(/ {2}.*/, ''))
}

// Side by side, each with projects of its own: they are one host to the engine. Each waits more than it works.
describe.concurrent(
  'a bench in its small form',
  () => {
    it('release takes every figure', async () => {
      const output = await runQuick('release')

      expect(barsIn(output)).toEqual([
        'first release, of docker cp',
        'first release of a layered image, of docker cp',
        'second release by the archive, of reading alone',
        'second release by layers, of hard links',
        'second release by layers, of docker cp',
        'disk of a second release by archive, of the first',
        'disk of a second release by layers, of the first',
        'growth of the slope, of that of hard links',
      ])
      expect(output).not.toContain('NaN')
    })

    it('live takes every figure, and no visitor sees an error', async () => {
      const output = await runQuick('live')

      expect(barsIn(output)).toEqual([
        'webhook to first new answer, of the sum',
        'rollback, accepted to first old answer',
        'failed requests',
      ])
      expect(output).not.toContain('NaN')
      expect(output).toMatch(/requests on kept connections .*: 0 failed/)
    })

    it('prune takes every figure', async () => {
      const output = await runQuick('prune')

      expect(barsIn(output)).toEqual([
        'plan of a prune',
        'peak RSS',
        'growth with ten times as much, of JSON',
      ])
      expect(output).not.toContain('NaN')
    })

    it('webhook takes every figure, and the memory of ingest stays as it is', async () => {
      const output = await runQuick('webhook')

      const rates = ['50 connection(s)', '1 connection(s)'].flatMap((at) => [
        `bare rate, of pushes whose nudge waits, ${at}`,
        `p99 of pushes whose nudge waits, of bare, ${at}`,
        `bare rate, of pushes that need one, ${at}`,
        `p99 of pushes that need one, of bare, ${at}`,
      ])
      expect(barsIn(output)).toEqual([
        ...rates,
        'finding a project, of 10,000 against 10',
        'RSS in the second half, of the first',
      ])
      expect(output).not.toContain('NaN')
      // Not a matter of how busy the machine is.
      expect(output).toMatch(/^RSS in the second half, of the first .* ok$/m)
    })

    it('health takes every figure', async () => {
      const output = await runQuick('health')

      expect(barsIn(output)).toEqual([
        'longest delay, first release, worst of 1',
        'longest delay, second release by the archive, worst of 1',
        'longest delay, first release of a layered image, worst of 1',
        'longest delay, second release by layers, worst of 1',
        'peak RSS of the worker, 0.05 GB',
      ])
      expect(output).not.toContain('NaN')
    })
  },
  timeout,
)
