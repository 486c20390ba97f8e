import { readFile, writeFile } from 'node:fs/promises'
import { parse, stringify } from 'yaml'
import type { Settings } from './fault-config.ts'

/** Changes sections of a configuration that the stack wrote; services read it when they start. */
export async function rewriteConfig(file: string, sections: Settings, to: string = file): Promise<string> {
  const before = parse(await readFile(file, 'utf8')) as Settings
  await writeFile(to, stringify({ ...before, ...sections }))
  return to
}
