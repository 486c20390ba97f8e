import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { captureLog } from '../../test/captured-log.ts'
import { operationsWithoutRedis } from '../../test/operations.ts'
import type { Operations } from '../ops/operations.ts'
import { createOpsApp } from '../ops-app.ts'

const hash = 'sha256:5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8'
const here = { host: 'ops.example:8081', origin: 'http://ops.example:8081' }

let folder: string
let app: FastifyInstance
let operations: Operations

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-console-'))
  operations = operationsWithoutRedis()
  app = await createOpsApp({
    ...{ log: captureLog().log, clock: Date, queues: [], operations },
    tokens: [{ name: 'vic', role: 'viewer', hash }],
    consoleFolder: join(folder, 'dist'),
  })
})

afterEach(async () => {
  await app.close()
  await operations.close()
  await rm(folder, { recursive: true, force: true })
})

async function build(): Promise<void> {
  await mkdir(join(folder, 'dist', 'assets'), { recursive: true })
  await writeFile(join(folder, 'dist', 'index.html'), '<!doctype html><title>slipway</title>')
  await writeFile(join(folder, 'dist', 'assets', 'index-BX0KYKoG.js'), 'export {}')
  await writeFile(join(folder, 'dist', 'assets', '.hidden'), 'hidden')
  await writeFile(join(folder, 'dist', '.built-from'), 'stamp')
  await writeFile(join(folder, 'secret'), 'secret')
}

async function get(url: string) {
  const login = await app.inject({
    ...{ method: 'POST', url: '/login', payload: 'token=password' },
    headers: { ...here, 'content-type': 'application/x-www-form-urlencoded' },
  })
  const cookie = `${login.cookies[0]?.name}=${login.cookies[0]?.value}`
  return app.inject({ url, headers: { cookie } })
}

describe('the console', () => {
  it('is at / for whoever is logged in, newly asked for each time, with nothing from elsewhere in it', async () => {
    await build()

    const { statusCode, headers, body } = await get('/')

    expect([statusCode, headers['content-type'], headers['cache-control']]).toEqual([
      200,
      'text/html; charset=utf-8',
      'no-store',
    ])
    expect(body).toContain('<title>slipway</title>')
    expect(headers['x-content-type-options']).toBe('nosniff')
    expect(headers['x-frame-options']).toBe('DENY')
    const policy = String(headers['content-security-policy'])
    expect(policy).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self';/)
    expect(policy).toContain("require-trusted-types-for 'script'")
    expect(policy).not.toMatch(/unsafe|\*|data:|https?:/)
  })

  it('has files that the browser of one person keeps for good', async () => {
    await build()

    const { statusCode, headers } = await get('/assets/index-BX0KYKoG.js')

    expect([statusCode, headers['cache-control']]).toEqual([200, 'private, max-age=31536000, immutable'])
    expect(headers['content-type']).toContain('javascript')
    expect(headers['x-content-type-options']).toBe('nosniff')
  })

  it.each([
    '/assets/',
    '/assets',
    '/assets/none.js',
    '/assets/.hidden',
    '/assets/../.built-from',
    '/assets/%2e%2e/.built-from',
    '/assets/..%2f..%2fsecret',
    '/assets//index-BX0KYKoG.js',
    '/assets/%00',
    '/.built-from',
    '/index.html',
  ])('has nothing else: %s', async (url) => {
    await build()

    const { statusCode, headers, body } = await get(url)

    expect(statusCode).toBeGreaterThanOrEqual(400)
    expect(statusCode).toBeLessThan(500)
    expect(headers['cache-control']).toBe('no-store')
    expect(body).not.toMatch(/stamp|secret|hidden/)
  })

  it.each(['/', '/assets/index-BX0KYKoG.js', '/assets/none.js', '/assets/'])(
    'shows nobody %s without a login',
    async (url) => {
      await build()

      expect((await app.inject({ url })).statusCode).toBe(401)
      expect((await app.inject({ url, headers: { accept: 'text/html' } })).headers.location).toBe('/login')
    },
  )

  it('says how to build it where it is not built, and is there when it is', async () => {
    const missing = await get('/')
    expect([missing.statusCode, missing.headers['content-type']]).toEqual([404, 'text/plain; charset=utf-8'])
    expect(missing.body).toMatch(
      /^The console is not built: run "npm run build -w packages\/console"[^.]+\.\n$/,
    )
    expect((await get('/assets/index-BX0KYKoG.js')).statusCode).toBe(404)

    await build()
    expect((await get('/')).statusCode).toBe(200)
    expect((await get('/assets/index-BX0KYKoG.js')).statusCode).toBe(200)
  })
})
