import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates, type TLSSocket } from 'node:tls'
import { promisify } from 'node:util'
import Docker from 'dockerode'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createSiteProbe } from '../../src/adapters/site-probe.ts'
import { checkOf } from '../check.ts'
import { calm } from '../failure.ts'
import { makeFolder } from '../folder.ts'
import { describeSiteProbe } from './site-probe.ts'

const probe = createSiteProbe(new Docker({ socketPath: '/nowhere/docker.sock' }))
const searched = 65_536

describeSiteProbe('HTTP and TCP', async () => {
  const address = await listen(createServer(answer))
  const closed = await closedAddress()
  return {
    probe,
    urls: {
      healthy: `http://${address}/healthy`,
      failing: `http://${address}/failing`,
      redirecting: `http://${address}/redirecting`,
      hanging: `http://${address}/hanging`,
      endless: `http://${address}/endless`,
      refusing: `http://${closed}/`,
    },
    addresses: { open: address, closed },
  }
})

const answer: RequestListener = ({ url }, response) => {
  if (url === '/healthy') response.end('so far all is well')
  if (url === '/failing') response.writeHead(503).end('not now')
  if (url === '/redirecting') response.writeHead(302, { location: '/healthy' }).end()
  // A head, a beginning, and then nothing more.
  if (url === '/endless') response.writeHead(200).write('all is well')
}

describe('a look over HTTP', () => {
  it('sends method, headers and Host as they are configured', async () => {
    const { url, asked } = await listenAndKeep()

    const headers = { 'X-Check': 'yes', 'User-Agent': 'ours' }
    await probe.look(checkOf({ url, method: 'POST', host: 'www.example.com', headers }), calm)

    expect(asked[0]).toMatchObject({
      method: 'POST',
      headers: { host: 'www.example.com', 'x-check': 'yes', 'user-agent': 'ours' },
    })
  })

  it('sends nothing of its own but who asks', async () => {
    const { url, asked } = await listenAndKeep()

    await probe.look(checkOf({ url }), calm)

    expect(asked[0]?.headers).toEqual({
      host: new URL(url).host,
      'user-agent': 'slipway-check',
      connection: 'close',
    })
  })

  it.each([
    ['at the end of what is searched', searched - 4, 'well'],
    ['across the end of what is searched', searched - 3, 'unwell'],
    ['behind it', searched + 10, 'unwell'],
  ] as const)('finds a text %s: %i', async (_, at, result) => {
    const url = await serve((_request, response) => {
      response.write('x'.repeat(at))
      response.end('WELL')
    })

    const look = await probe.look(checkOf({ url, text: 'WELL' }), calm)

    expect(look.result).toBe(result)
  })

  it('finds a text that comes in pieces', async () => {
    const url = await serve((_request, response) => {
      response.write('all is w')
      setTimeout(() => response.end('ell ✓ '), 20)
    })

    expect((await probe.look(checkOf({ url, text: 'is well ✓' }), calm)).result).toBe('well')
  })

  it('reads no more of a body without an end than it searches', async () => {
    let sent = 0
    const url = await serve((_request, response) => {
      const pour = () => {
        while (response.writable && response.write('x'.repeat(16_384))) sent += 16_384
      }
      response.on('drain', pour)
      pour()
    })

    const look = await probe.look(checkOf({ url, text: 'never' }), calm)

    expect(look).toEqual({ result: 'unwell', said: 'answered 200, without the text "never"' })
    expect(sent).toBeLessThan(20_000_000)
  })

  it('waits for a text no longer than its timeout', async () => {
    const url = await serve((_request, response) => void response.write('all is'))

    const look = await probe.look(checkOf({ url, text: 'well', timeout: '150ms' }), calm)

    expect(look).toEqual({ result: 'unwell', said: 'gave no answer (it took longer than 150 ms)' })
  })

  it('says that what answers does not speak HTTP', async () => {
    const address = await listen(createTcpServer((socket) => void socket.end('SSH-2.0-OpenSSH\r\n')))

    const look = await probe.look(checkOf({ url: `http://${address}/` }), calm)

    expect(look).toEqual({ result: 'unwell', said: expect.stringMatching(/^gave no answer \(.+\)$/) })
  })
})

describe('a look over HTTPS', () => {
  it('refuses a certificate that nobody vouches for, and says so', async () => {
    const { url } = await serveTls(await certificate('127.0.0.1'))

    const look = await probe.look(checkOf({ url }), calm)

    expect(look.result).toBe('unwell')
    expect(look.said).toContain('its certificate is not trusted: self-signed certificate')
  })

  it('asks for the name in `host`, and holds the certificate to it', async () => {
    const made = await certificate('www.example.com')
    trust(made.cert)
    const { url, names } = await serveTls(made)

    const named = await probe.look(checkOf({ url, host: 'www.example.com' }), calm)
    const nameless = await probe.look(checkOf({ url }), calm)

    expect(named).toEqual({ result: 'well', said: 'answered 200' })
    expect(names).toEqual(['www.example.com'])
    expect(nameless.said).toContain('its certificate is not trusted')
  })
})

it('an engine that is away is an unwell look, in words', async () => {
  for (const written of [{ health: 'web' }, { exec: { container: 'web', command: ['true'] } }]) {
    const look = await probe.look(checkOf(written), calm)

    expect(look).toEqual({ result: 'unwell', said: expect.stringMatching(/^gave no answer \(.*ENOENT/) })
  }
})

async function listen(server: Server): Promise<string> {
  const open = new Set<{ destroy(): unknown }>()
  server.on('connection', (socket) => open.add(socket))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(async () => {
    for (const socket of open) socket.destroy()
    server.close()
    await once(server, 'close')
  })
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function closedAddress(): Promise<string> {
  const server = createTcpServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return `127.0.0.1:${port}`
}

async function serve(listener: RequestListener): Promise<string> {
  return `http://${await listen(createServer(listener))}/`
}

async function listenAndKeep(): Promise<{ url: string; asked: IncomingMessage[] }> {
  const asked: IncomingMessage[] = []
  const url = await serve((request, response) => {
    asked.push(request)
    response.end()
  })
  return { url, asked }
}

interface Certificate {
  readonly key: string
  readonly cert: string
}

async function certificate(name: string): Promise<Certificate> {
  const folder = await makeFolder()
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const kind = /^[\d.]+$/.test(name) ? 'IP' : 'DNS'
  await promisify(execFile)('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
    ...['-subj', `/CN=${name}`, '-addext', `subjectAltName=${kind}:${name}`, '-keyout', key, '-out', cert],
  ])
  return { key: await readFile(key, 'utf8'), cert: await readFile(cert, 'utf8') }
}

function trust(cert: string): void {
  const before = getCACertificates()
  setDefaultCACertificates([...before, cert])
  onTestFinished(() => setDefaultCACertificates(before))
}

async function serveTls(made: Certificate): Promise<{ url: string; names: unknown[] }> {
  const names: unknown[] = []
  const server = createTlsServer({ ...made }, (request, response) => {
    names.push((request.socket as TLSSocket).servername)
    response.end()
  })
  server.on('tlsClientError', () => {})
  return { url: `https://${await listen(server)}/`, names }
}
