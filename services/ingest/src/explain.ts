import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { readHookSecrets, requireConfig } from '@slipway/config-file'
import { createMatcher, SlipwayError } from '@slipway/core'
import { openHooks } from './hooks.ts'
import { type Call, createReceive } from './receive.ts'

const usage = `usage: explain --config FILE --hook NAME --headers FILE.json --body FILE [--query KEY=VALUE]... [--now TIME]

Says what ingest would do with this call, and does none of it.
  --headers   a JSON object of header names and values; the case of names does not matter
  --body      the bytes of the body, as they are
  --query     a parameter of the URL, such as token=...
  --now       the time of the call, such as 2026-11-18T02:11:45Z; default: now
`
const misused = 2
const misconfigured = 78

class Misuse extends Error {}

async function explain(args: readonly string[]): Promise<string> {
  const { config: file, ...call } = await readCall(args)
  const config = await requireConfig(file)
  // Own properties only: the name comes from outside.
  const hook = Object.hasOwn(config.hooks, call.hook) ? config.hooks[call.hook] : undefined
  const hooks = hook ? { [call.hook]: hook } : {}
  const secrets = await readHookSecrets(hooks, process.env)
  const verdict = createReceive(openHooks(hooks, secrets), createMatcher(config.projects))(call)
  const { outcome, status, images, matches, why } = verdict
  return JSON.stringify({ outcome, status, images, matches, why })
}

async function readCall(args: readonly string[]): Promise<Call & { readonly config: string }> {
  const { config, hook, headers, body, query, now } = readOptions(args)
  if (!config || !hook || !headers || !body)
    throw new Misuse('--config, --hook, --headers and --body are needed')
  return {
    config,
    hook,
    token: tokenOf(query ?? []),
    headers: readHeaders((await readNamed(headers)).toString('utf8')),
    body: await readNamed(body),
    now: readTime(now),
  }
}

function readOptions(args: readonly string[]) {
  const text = { type: 'string' } as const
  try {
    return parseArgs({
      args: [...args],
      options: {
        config: text,
        hook: text,
        headers: text,
        body: text,
        now: text,
        query: { ...text, multiple: true },
      },
    }).values
  } catch (error) {
    throw new Misuse(error instanceof Error ? error.message : String(error))
  }
}

async function readNamed(path: string): Promise<Buffer> {
  try {
    return await readFile(path)
  } catch {
    throw new Misuse(`${path} cannot be read`)
  }
}

function readHeaders(text: string): Call['headers'] {
  const headers: Record<string, string> = Object.create(null)
  for (const [name, value] of Object.entries(parseObject(text))) {
    if (typeof value !== 'string') throw new Misuse('--headers: every value is a text')
    headers[name.toLowerCase()] = value
  }
  return headers
}

function parseObject(text: string): object {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  } catch {
    // Told apart no further: neither is an object.
  }
  throw new Misuse('--headers: the file holds no JSON object')
}

function tokenOf(query: readonly string[]): string | null {
  const parameters = new URLSearchParams()
  for (const pair of query) {
    const [name = '', ...rest] = pair.split('=')
    if (rest.length === 0) throw new Misuse('--query: write KEY=VALUE')
    parameters.append(name, rest.join('='))
  }
  const [token, ...further] = parameters.getAll('token')
  return token === undefined || further.length > 0 ? null : token
}

function readTime(text: string | undefined): number {
  const now = text === undefined ? Date.now() : Date.parse(text)
  if (Number.isNaN(now)) throw new Misuse('--now: write a time such as 2026-11-18T02:11:45Z')
  return now
}

try {
  process.stdout.write(`${await explain(process.argv.slice(2))}\n`)
} catch (error) {
  if (error instanceof Misuse) process.stderr.write(`${error.message}\n\n${usage}`)
  else process.stderr.write(`${error instanceof SlipwayError ? error.message : String(error)}\n`)
  process.exitCode = error instanceof Misuse ? misused : error instanceof SlipwayError ? misconfigured : 1
}
