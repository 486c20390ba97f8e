import { readFile } from 'node:fs/promises'
import { type Config, type Mistake, parseConfig, SlipwayError } from '@slipway/core'
import { parseDocument } from 'yaml'

const mostAliases = 100

export type ReadConfig =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly mistakes: readonly Mistake[] }

/**
 * Reads and checks a slipway.yaml; mistakes are returned, all of them.
 * @throws SlipwayError CONFIG_UNREADABLE when there is no such file or it cannot be read
 */
export async function readConfig(path: string): Promise<ReadConfig> {
  const document = parseDocument(await readText(path), { prettyErrors: true, uniqueKeys: true })
  if (document.errors.length > 0) {
    return {
      ok: false,
      mistakes: document.errors.map((error) => ({ path: '', message: error.message.trim() })),
    }
  }
  const content = expand(document)
  return content.ok ? parseConfig(content.value) : content
}

/**
 * The same for a service, which does not start on a configuration with a mistake.
 * @throws SlipwayError CONFIG_UNREADABLE, CONFIG_INVALID with a line for each mistake
 */
export async function requireConfig(path: string): Promise<Config> {
  const result = await readConfig(path)
  if (result.ok) return result.config
  throw new SlipwayError('CONFIG_INVALID', `${path} cannot be used:\n${formatMistakes(result.mistakes)}`)
}

/** A line for each mistake: its path, then what would be right. */
export function formatMistakes(mistakes: readonly Mistake[]): string {
  return mistakes.map(({ path, message }) => `  ${path ? `${path}: ` : ''}${message}`).join('\n')
}

type Content =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly mistakes: readonly Mistake[] }

// Aliases of aliases make a short file as large as they like; that is where the library stops.
function expand(document: ReturnType<typeof parseDocument>): Content {
  try {
    return { ok: true, value: document.toJS({ maxAliasCount: mostAliases }) }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return { ok: false, mistakes: [{ path: '', message }] }
  }
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    throw new SlipwayError('CONFIG_UNREADABLE', `The configuration ${path} cannot be read.`, { cause })
  }
}
