import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { allCases, configInput, imagesOf } from '../test/cases.ts'
import { type Folder, makeFolder, runProgram } from '../test/program.ts'
import { explain as explainHere } from './explain-call.ts'

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
        near: { source: 'acr', secret: { env: 'MAIN_SECRET' }, allow: ['10.0.0.0/8'] },
      },
    }),
  )
  headers = await folder.write('headers.json', '{"CONTENT-type":"application/json"}')
  body = await folder.write('body.json', aCase?.body ?? '')
})

afterAll(async () => {
  await folder[Symbol.asyncDispose]()
})

function explain(args: readonly string[]) {
  return explainHere(args, { MAIN_SECRET: secret })
}

function callOf(hook: string, ...more: readonly string[]): string[] {
  return ['--config', config, '--hook', hook, '--headers', headers, '--body', body, ...more]
}

describe('explain', () => {
  it.each(allCases())('decides on $name', async (one) => {
    const expected = one.expect
    const name = one.name.replaceAll(/[^a-z0-9]/g, '-')
    const args = [
      ['--config', await folder.write(`${name}.config.json`, JSON.stringify(configInput(one)))],
      ['--hook', 'door'],
      ['--headers', await folder.write(`${name}.headers.json`, JSON.stringify(expected.headers))],
      ['--body', one.file],
      ...(expected.query?.secret ? [['--query', `token=${expected.query.secret}`]] : []),
      ...(expected.received_at ? [['--now', expected.received_at]] : []),
    ].flat()

    const { code, stdout, stderr } = await explainHere(args, { DOOR_SECRET: expected.secret })

    const status = { deploy: 202, ignore: 200, reject: 404 }[expected.outcome]
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(JSON.parse(stdout)).toEqual({
      outcome: expected.outcome,
      status,
      images: imagesOf(one),
      matches: imagesOf(one).map((_image, at) => `site${at || ''}`),
      why: expect.any(String),
    })
  })

  it('is a program that says the same', async () => {
    const program = runProgram('explain.ts', callOf('main', '--query', `token=${secret}`), {
      MAIN_SECRET: secret,
    })

    expect(await program.exited).toBe(0)
    const here = await explain(callOf('main', '--query', `token=${secret}`))
    expect([program.stdout(), program.stderr()]).toEqual([here.stdout, here.stderr])
    const misused = runProgram('explain.ts', [])
    expect([await misused.exited, misused.stderr()]).toEqual([2, (await explain([])).stderr])
  })

  it.each([
    ['10.1.2.3', 200],
    ['11.1.2.3', 404],
    [undefined, 200],
  ])('holds the address %s against those that the hook hears', async (from, status) => {
    const call = callOf('near', '--query', `token=${secret}`, ...(from ? ['--from', from] : []))
    const { stdout } = await explain(call)

    expect(JSON.parse(stdout)).toMatchObject({ status })
  })

  it.each([
    [['token=SECRET'], 200],
    [['access_token=SECRET'], 200],
    [['token=SECRET', 'token=SECRET'], 404],
    [['token=x', 'access_token=SECRET'], 404],
  ])('finds the token in %j as ingest does', async (query, status) => {
    const parameters = query.flatMap((pair) => ['--query', pair.replace('SECRET', secret)])
    const { stdout } = await explain(callOf('main', ...parameters))

    expect(JSON.parse(stdout)).toMatchObject({ status })
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
