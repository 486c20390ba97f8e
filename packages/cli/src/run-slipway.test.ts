import { describe, expect, it } from 'vitest'
import { runHere } from '../test/run-here.ts'
import { writeConfig } from '../test/site-config.ts'
import { slipway, startSlipway } from '../test/slipway-process.ts'
import { commands } from './commands/index.ts'

describe('slipway', () => {
  it('lists every command on --help', async () => {
    const { code, stdout } = await slipway(['--help'])

    expect(code).toBe(0)
    for (const { name, summary } of commands) expect(stdout).toMatch(new RegExp(`  ${name} +${summary}`))
  })

  it('tells how it is used when nothing is asked of it', async () => {
    const { code, stdout, stderr } = await slipway([])

    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain('usage: slipway COMMAND')
  })

  it.each(commands.map(({ name, help }) => [name, help] as const))(
    'explains %s on --help',
    async (name, help) => {
      const { code, stdout } = await runHere([...name.split(' '), '--help'])

      expect({ code, stdout }).toEqual({ code: 0, stdout: `${help}\n` })
      expect(help).toContain(`usage: slipway ${name}`)
    },
  )

  it.each([
    [['stauts'], 'there is no command "stauts".', 'Did you mean "slipway status"?'],
    [
      ['webhook', 'explian'],
      'there is no command "webhook explian".',
      'Did you mean "slipway webhook explain"?',
    ],
    [['obliterate'], 'there is no command "obliterate".', 'See "slipway --help" for what there is.'],
    [['constructor'], 'there is no command "constructor".', 'See "slipway --help" for what there is.'],
  ])('does not know %j', async (args, what, advice) => {
    const { code, stdout, stderr } = await runHere(args)

    expect({ code, stdout, stderr }).toEqual({ code: 2, stdout: '', stderr: `slipway: ${what}\n${advice}\n` })
  })

  it.each([
    'status --colour',
    'status shop blog',
    'logs',
    'deploy shop blog',
    'deploy shop --tag',
    'token ada --role root',
    'cancel',
    'cancel d1 d2',
    'retry',
    'retry d1 --now',
    'freeze shop',
    'unfreeze --until 2h',
  ])('refuses the command line "%s" with exit code 2', async (line) => {
    const args = line.split(' ')

    const { code, stdout, stderr } = await runHere(args)

    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(`See "slipway ${args[0]} --help".`)
  })

  it('names a configuration that is not there, without a stack', async () => {
    const { code, stdout, stderr } = await slipway(['status', '--config', '/nowhere/slipway.yaml'])

    expect({ code, stdout, stderr }).toEqual({
      code: 78,
      stdout: '',
      stderr:
        'CONFIG_UNREADABLE: The configuration /nowhere/slipway.yaml cannot be read.\n' +
        'Check the path, the permissions and the line that is named.\n',
    })
  })

  it('shows the stack when LOG_LEVEL is debug', async () => {
    const { stderr } = await slipway(['status', '--config', '/nowhere/slipway.yaml'], { LOG_LEVEL: 'debug' })

    expect(stderr).toContain('    at ')
  })

  it('ends quietly when nobody reads on', async () => {
    await using running = startSlipway(['--help'])
    running.stopReading()

    expect(await running.ended).toMatchObject({ code: 0, stderr: '' })
  })

  it('takes the configuration from SLIPWAY_CONFIG', async () => {
    await using config = await writeConfig('hooks: 5\n')

    const { code, stderr } = await slipway(['hooks'], { SLIPWAY_CONFIG: config.path })

    expect(code).toBe(78)
    expect(stderr).toContain(`CONFIG_INVALID: ${config.path} cannot be used:\n  hooks: write a map\n`)
  })
})
