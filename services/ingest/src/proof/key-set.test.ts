import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { errors, exportJWK, generateKeyPair, type JWK } from 'jose'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Folder, makeFolder } from '../../test/program.ts'
import { createKeySet, type KeySetOptions, KeysUnavailable } from './key-set.ts'

const options: KeySetOptions = { timeoutDuration: 200, cooldownDuration: 0, cacheMaxAge: 600_000 }
const nothing = { payload: '', signature: '' }

let server: Server
let url: string
let calls: number
let answer: { status: number; body: string } | 'silence'
let folder: Folder

beforeEach(async () => {
  calls = 0
  folder = await makeFolder()
  server = createServer((_request, response) => {
    calls += 1
    if (answer === 'silence') return
    response.writeHead(answer.status, { location: url }).end(answer.body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
})

afterEach(async () => {
  server.closeAllConnections()
  server.close()
  await folder[Symbol.asyncDispose]()
})

async function keySet(...kids: string[]): Promise<string> {
  const keys = kids.map(async (kid): Promise<JWK> => {
    const { publicKey } = await generateKeyPair('RS256')
    return { ...(await exportJWK(publicKey)), kid, alg: 'RS256', use: 'sig' }
  })
  return JSON.stringify({ keys: await Promise.all(keys) })
}

function header(kid: string) {
  return { alg: 'RS256', kid }
}

describe('a key set at an address', () => {
  it('is read once and kept', async () => {
    answer = { status: 200, body: await keySet('a', 'b') }
    const find = createKeySet({ url }, { ...options, cooldownDuration: 30_000 })

    await Promise.all([find(header('a'), nothing), find(header('b'), nothing), find(header('a'), nothing)])
    await find(header('a'), nothing)

    expect(calls).toBe(1)
  })

  it('is read again for a key that is not among them, and then not for a while', async () => {
    answer = { status: 200, body: await keySet('old') }
    const find = createKeySet({ url }, options)
    const cool = createKeySet({ url }, { ...options, cooldownDuration: 30_000 })
    await Promise.all([find(header('old'), nothing), cool(header('old'), nothing)])
    answer = { status: 200, body: await keySet('new') }
    calls = 0

    await expect(cool(header('new'), nothing)).rejects.toThrow(errors.JWKSNoMatchingKey)
    expect(calls).toBe(0)
    await find(header('new'), nothing)
    expect(calls).toBe(1)
    await expect(find(header('forged'), nothing)).rejects.toThrow(errors.JWKSNoMatchingKey)
  })

  it.each([
    ['says that it is broken', { status: 500, body: '' }],
    ['sends elsewhere', { status: 302, body: '' }],
    ['says something else', { status: 200, body: '<html>' }],
    ['gives no keys', { status: 200, body: '{"keys":1}' }],
    ['says nothing', 'silence'],
  ] as const)('is not to be had when the server %s', async (_what, what) => {
    answer = what
    const find = createKeySet({ url }, options)

    await expect(find(header('a'), nothing)).rejects.toThrow(KeysUnavailable)

    answer = { status: 200, body: await keySet('a') }
    await expect(find(header('a'), nothing)).resolves.toBeDefined()
  })

  it('is not to be had when nobody listens', async () => {
    const find = createKeySet({ url }, options)
    await new Promise((resolve) => server.close(resolve))

    await expect(find(header('a'), nothing)).rejects.toThrow(KeysUnavailable)
  })
})

describe('a key set in a file', () => {
  it('is read again for a key that is not among them', async () => {
    const file = await folder.write('keys.json', await keySet('old'))
    const find = createKeySet({ file }, options)
    await find(header('old'), nothing)

    await folder.write('keys.json', await keySet('new'))

    await expect(find(header('new'), nothing)).resolves.toBeDefined()
  })

  it.each([undefined, 'no JSON'])('is not to be had when the file holds %j', async (text) => {
    if (text) await folder.write('keys.json', text)
    const find = createKeySet({ file: `${folder.path}/keys.json` }, options)

    await expect(find(header('a'), nothing)).rejects.toThrow(KeysUnavailable)
  })
})
