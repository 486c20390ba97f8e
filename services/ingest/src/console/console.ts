import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import serveFiles from '@fastify/static'
import type { FastifyInstance, FastifyReply } from 'fastify'

/** Where `npm run build -w packages/console` puts what is served. */
const builtFolder = fileURLToPath(new URL('../../../../packages/console/dist', import.meta.url))

/** Stricter than for the board: nothing inline, nothing of elsewhere, and no text that becomes markup. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ')

const notBuilt =
  'The console is not built: run "npm run build -w packages/console" where slipway is installed, then load this page again.\n'

/** Their names hold a hash of their content; the browser keeps them, and nothing in between does. */
const forGood = 'private, max-age=31536000, immutable'

/**
 * The operator's page at `/` and its files below `/assets/`. What is not built yet is missed only when somebody asks
 * for it. It asks nobody who they are: the listener it is put on has to.
 */
export function showConsole(app: FastifyInstance, folder = builtFolder): void {
  app.register(async (pages) => {
    await pages.register(serveFiles, {
      root: join(folder, 'assets'),
      prefix: '/assets/',
      decorateReply: false,
      index: false,
      dotfiles: 'ignore',
      cacheControl: false,
      suppressWarning: true,
      setHeaders: (reply) => void reply.header('cache-control', forGood),
    })
    pages.get('/', async (_request, reply) => sendPage(reply, folder))
  })
}

async function sendPage(reply: FastifyReply, folder: string): Promise<FastifyReply> {
  const page = await readFile(join(folder, 'index.html')).catch(() => null)
  if (page === null) return reply.code(404).type('text/plain; charset=utf-8').send(notBuilt)
  return reply.header('content-security-policy', policy).type('text/html; charset=utf-8').send(page)
}
