import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { allCases, configInput, imagesOf } from '../test/cases.ts'
import { type Folder, makeFolder, runProgram } from '../test/program.ts'

const secret = 'canary-secret-a1b2c3d4'
const [aCase] = allCases()

let folder: Folder
let config: string
let headers: string
let body: string

beforeAll(async () => {
  folder = await makeFolder()
  config = await folder.write(
    'one.json',
    JSON.stringify({
      hooks: {
        main: { source: 'acr', secret: { env: 'MAIN_SECRET' } },
        other: { source: 'acr', secret: { env: 'NOT_SET' } },
      },
    }),
  )
  headers = await folder.write('headers.json', '{"CONTENT-type":"application/json"}')
  body = await folder.write('body.json', aCase?.body ?? '')
})

afterAll(async () => {
  await folder[Symbol.asyncDispose]()
})

async function explain(args: readonly string[], env: Record<string, string> = { MAIN_SECRET: secret }) {
  const program = runProgram('explain.ts', args, env)
  return { code: await program.exited, stdout: program.stdout(), stderr: program.stderr() }
}

function callOf(hook: string, ...more: readonly string[]): string[] {
  return ['--config', config, '--hook', hook, '--headers', headers, '--body', body, ...more]
}

describe('explain', () => {
  it.each(allCases())('decides on $name', async (one) => {
    const expected = one.expect
    const args = [
      ['--config', await folder.write('config.json', JSON.stringify(configInput(one)))],
      ['--hook', 'door'],
      ['--headers', await folder.write('case-headers.json', JSON.stringify(expected.headers))],
      ['--body', one.file],
      ...(expected.query?.secret ? [['--query', `token=${expected.query.secret}`]] : []),
    ].flat()

    const { code, stdout } = await explain(args, { DOOR_SECRET: expected.secret })

    const status = { deploy: 202, ignore: 200, reject: 404 }[expected.outcome]
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toEqual({
      outcome: expected.outcome,
      status,
      images: imagesOf(one),
      matches: expected.outcome === 'deploy' ? ['site'] : [],
      why: expect.any(String),
    })
  })

  it('says the true reason, and no secret', async () => {
    const { code, stdout } = await explain(callOf('main', '--query', 'token=guess'))

    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({
      outcome: 'reject',
      status: 404,
      why: 'the token in the URL is not the secret of this hook',
    })
    expect(stdout).not.toContain(secret)
  })

  it.each(['nowhere', '__proto__', '../x'])('says that there is no hook %s', async (hook) => {
    const { code, stdout } = await explain(callOf(hook))

    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({
      outcome: 'reject',
      status: 404,
      why: 'there is no hook of this name',
    })
  })

  it.each([
    ['no arguments', []],
    ['an unknown option', ['--wat']],
    [
      'a headers file that is not there',
      ['--config', 'x', '--hook', 'x', '--headers', '/no/such', '--body', '/no/such'],
    ],
  ])('ends with 2 on %s', async (_what, args) => {
    const { code, stderr } = await explain(args)

    expect(code).toBe(2)
    expect(stderr).toContain('usage: explain')
  })

  it.each([
    ['--query', 'novalue'],
    ['--now', 'yesterday'],
  ])('ends with 2 on %s %s', async (...more) => {
    expect((await explain(callOf('main', ...more))).code).toBe(2)
  })

  it('ends with 78 when the secret of the hook cannot be read', async () => {
    const { code, stderr } = await explain(callOf('other'))

    expect(code).toBe(78)
    expect(stderr).toContain('hooks.other.secret[0]')
  })

  it('ends with 78 on a configuration with mistakes', async () => {
    const broken = await folder.write('broken.json', '{"hoks":{}}')

    const { code, stderr } = await explain([
      '--config',
      broken,
      '--hook',
      'x',
      '--headers',
      headers,
      '--body',
      body,
    ])

    expect(code).toBe(78)
    expect(stderr).toContain('hoks')
  })
})
