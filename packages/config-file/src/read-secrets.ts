import { readFile } from 'node:fs/promises'
import { type SecretRef, SlipwayError } from '@slipway/core'

/** One secret that a service needs. */
export interface SecretRequest {
  /** Path of the setting that names it, for messages: `hooks.acr-main.secret[0]`. */
  readonly path: string
  readonly ref: SecretRef
  /** Fewest characters that are accepted; 1 when not given. */
  readonly shortest?: number
}

export type Environment = Readonly<Record<string, string | undefined>>

/**
 * Reads the secrets that a service needs, in the order asked for. A line break at the end of a file is no part of it.
 * @throws SlipwayError SECRET_UNAVAILABLE naming every one that is missing, empty or too short, and none of the values
 */
export async function readSecrets(
  requests: readonly SecretRequest[],
  environment: Environment,
): Promise<string[]> {
  const results = await Promise.all(requests.map((request) => readSecret(request, environment)))
  const mistakes = results.flatMap((result) => (result.ok ? [] : [result.why]))
  if (mistakes.length > 0) {
    throw new SlipwayError('SECRET_UNAVAILABLE', `Secrets cannot be read:\n${mistakes.join('\n')}`)
  }
  return results.map((result) => (result.ok ? result.value : ''))
}

type SecretResult =
  | { readonly ok: true; readonly value: string }
  | { readonly ok: false; readonly why: string }

async function readSecret(
  { path, ref, shortest = 1 }: SecretRequest,
  environment: Environment,
): Promise<SecretResult> {
  const place = 'env' in ref ? `the environment variable ${ref.env}` : `the file ${ref.file}`
  const value = 'env' in ref ? readVariable(ref.env, environment) : await readSecretFile(ref.file)
  if (value === undefined) return { ok: false, why: `  ${path}: ${place} is not there or cannot be read` }
  if (value.length < shortest) {
    return {
      ok: false,
      why: `  ${path}: ${place} holds ${value.length} characters; use at least ${shortest}`,
    }
  }
  return { ok: true, value }
}

// Own properties only: an environment has a prototype like any other object.
function readVariable(name: string, environment: Environment): string | undefined {
  return Object.hasOwn(environment, name) ? environment[name] : undefined
}

async function readSecretFile(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, 'utf8')).replace(/\r?\n$/, '')
  } catch {
    return undefined
  }
}
