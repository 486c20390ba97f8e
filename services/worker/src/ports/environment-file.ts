/**
 * Reads `NAME=value` lines as `docker run --env-file` does: no quotes, no expansion; blank lines and `#` are skipped.
 * @throws SlipwayError MIGRATION_FAILED naming the file and the line, never a value
 */
export type ReadEnvironment = (file: string) => Promise<string[]>
