import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const bin = fileURLToPath(new URL('../bin/slipway.mjs', import.meta.url))

it('runs from anywhere by its link, with its arguments and its exit code', () => {
  const help = spawnSync(bin, ['--help'], { cwd: '/', encoding: 'utf8' })
  const wrong = spawnSync(bin, ['chekc'], { cwd: '/', encoding: 'utf8' })

  expect(help.stdout).toContain('usage: slipway COMMAND')
  expect(help.status).toBe(0)
  expect(wrong.stderr).toContain('there is no command "chekc"')
  expect(wrong.status).toBe(2)
})
