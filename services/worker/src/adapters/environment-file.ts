import { readFile } from 'node:fs/promises'
import { SlipwayError } from '@slipway/core'
import type { ReadEnvironment } from '../ports/environment-file.ts'

export const readEnvironmentFile: ReadEnvironment = async (file) => {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new SlipwayError(
      'MIGRATION_FAILED',
      `The file ${file} for the environment of the migration cannot be read.`,
      { cause },
    )
  })
  return text.split(/\r?\n/).flatMap((raw, index) => {
    const line = raw.trimStart()
    if (line === '' || line.startsWith('#')) return []
    if (/^[A-Za-z_][A-Za-z0-9_.-]*=/.test(line)) return [line]
    throw new SlipwayError('MIGRATION_FAILED', `${file}, line ${index + 1}: write NAME=value.`)
  })
}
