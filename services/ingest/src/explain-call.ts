import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { type Environment, readHookSecrets, requireConfig } from '@slipway/config-file'
import { createMatcher, SlipwayError } from '@slipway/core'
import { openHooks } from './hooks.ts'
import { type Call, createReceive } from './receive.ts'
import { tokenIn } from './routes/url-token.ts'

const usage = `usage: explain --config FILE --hook NAME --headers FILE.json --body FILE [--query KEY=VALUE]... [--now TIME]
               [--from ADDRESS]

Says what ingest would do with this call, and does none of it.
  --headers   a JSON object of header names and values; the case of names does not matter
  --body      the bytes of the body, as they are
  --query     a parameter of the URL, such as token=...
  --now       the time of the call, such as 2026-11-18T02:11:45Z; default: now
  --from      the address of the caller; default: one that the hook hears
`
const misused = 2
const misconfigured = 78

/** What a program leaves behind. */
export interface Explained {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

class Misuse extends Error {}

/** The program `explain`, but for its process. Everything that goes wrong is in what it returns. */
export async function explain(args: readonly string[], environment: Environment): Promise<Explained> {
  try {
    return { code: 0, stdout: `${await decide(args, environment)}\n`, stderr: '' }
  } catch (error) {
    if (error instanceof Misuse) return { code: misused, stdout: '', stderr: `${error.message}\n\n${usage}` }
    const isOurs = error instanceof SlipwayError
    return {
      code: isOurs ? misconfigured : 1,
      stdout: '',
      stderr: `${isOurs ? error.message : String(error)}\n`,
    }
  }
}

async function decide(args: readonly string[], environment: Environment): Promise<string> {
  const { config: file, isPlaced, ...call } = await readCall(args)
  const config = await requireConfig(file)
  // Own properties only: the name comes from outside.
  const hook = Object.hasOwn(config.hooks, call.hook) ? config.hooks[call.hook] : undefined
  const hooks = hook ? { [call.hook]: isPlaced ? hook : { ...hook, allow: undefined } } : {}
  const secrets = await readHookSecrets(hooks, environment)
  const verdict = await createReceive(openHooks(hooks, secrets), createMatcher(config.projects))(call)
  const { outcome, status, images, matches, why } = verdict
  return JSON.stringify({ outcome, status, images, matches, why })
}

interface Asked extends Call {
  readonly config: string
  /** True when the address of the caller was given. */
  readonly isPlaced: boolean
}

async function readCall(args: readonly string[]): Promise<Asked> {
  const { config, hook, headers, body, query, now, from } = readOptions(args)
  if (!config || !hook || !headers || !body)
    throw new Misuse('--config, --hook, --headers and --body are needed')
  return {
    config,
    hook,
    token: tokenOf(query ?? []),
    headers: readHeaders((await readNamed(headers)).toString('utf8')),
    body: await readNamed(body),
    now: readTime(now),
    peer: from ?? '',
    isPlaced: from !== undefined,
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
        from: text,
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
  const named = (name: string) => {
    const values = parameters.getAll(name)
    return values.length > 1 ? values : values[0]
  }
  return tokenIn(undefined, { token: named('token'), access_token: named('access_token') })
}

function readTime(text: string | undefined): number {
  const now = text === undefined ? Date.now() : Date.parse(text)
  if (Number.isNaN(now)) throw new Misuse('--now: write a time such as 2026-11-18T02:11:45Z')
  return now
}
