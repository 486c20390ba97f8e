import { createPrivateKey, randomUUID, sign, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { type Access, grant, type TokenUser } from './grants.ts'
import type { SigningPair } from './signing-pair.ts'

export interface TokenService {
  /** `http://127.0.0.1:<port>/token` */
  readonly realm: string
  stop(): Promise<void>
}

export interface TokenServiceOptions {
  readonly users: readonly TokenUser[]
  readonly pair: SigningPair
  readonly issuer: string
  /** Seconds that a token holds. Default: five minutes. */
  readonly lifetimeSeconds?: number
}

const defaultLifetimeSeconds = 300

/** The token service that a registry sends its callers to: proves the user, grants what that user may, signs it. */
export async function startTokenService(options: TokenServiceOptions): Promise<TokenService> {
  const server = createServer((request, response) => {
    answer(request, response, options).catch(() => response.writeHead(500).end())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (!address || typeof address !== 'object') throw new Error('the token service got no port')
  return {
    realm: `http://127.0.0.1:${address.port}/token`,
    stop: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: TokenServiceOptions,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://token-service')
  if (url.pathname !== '/token') return void response.writeHead(404).end()
  const asked = request.method === 'POST' ? await readForm(request) : readQuery(url, request)
  const user = options.users.find(
    ({ username, password }) => username === asked.username && password === asked.password,
  )
  if (!user) return void response.writeHead(401, { 'content-type': 'application/json' }).end('{"errors":[]}')

  const lifetime = options.lifetimeSeconds ?? defaultLifetimeSeconds
  const token = makeToken(user.username, asked.service, grant(user, asked.scopes), lifetime, options)
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(
    JSON.stringify({ token, access_token: token, expires_in: lifetime, issued_at: new Date().toISOString() }),
  )
}

interface Asked {
  readonly username: string
  readonly password: string
  readonly service: string
  readonly scopes: readonly string[]
}

function readQuery(url: URL, request: IncomingMessage): Asked {
  const encoded = /^Basic (.+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? ''
  const [username = '', ...rest] = Buffer.from(encoded, 'base64').toString().split(':')
  return {
    username,
    password: rest.join(':'),
    service: url.searchParams.get('service') ?? '',
    scopes: url.searchParams.getAll('scope'),
  }
}

/** The OAuth2 form of the same question, which newer clients ask first. */
async function readForm(request: IncomingMessage): Promise<Asked> {
  const form = new URLSearchParams(await text(request))
  return {
    username: form.get('username') ?? '',
    password: form.get('password') ?? '',
    service: form.get('service') ?? '',
    scopes: form.getAll('scope'),
  }
}

function makeToken(
  subject: string,
  audience: string,
  access: readonly Access[],
  lifetime: number,
  { pair, issuer }: TokenServiceOptions,
): string {
  const now = Math.floor(Date.now() / 1000)
  const header = {
    typ: 'JWT',
    alg: 'RS256',
    x5c: [new X509Certificate(pair.certificate).raw.toString('base64')],
  }
  const claims = {
    iss: issuer,
    sub: subject,
    aud: audience,
    exp: now + lifetime,
    // The registry may look at a clock that is a little behind.
    nbf: now - 10,
    iat: now,
    jti: randomUUID(),
    access,
  }
  const signed = [header, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')
  const signature = sign('RSA-SHA256', Buffer.from(signed), createPrivateKey(pair.privateKey))
  return `${signed}.${signature.toString('base64url')}`
}
