import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { failureOf } from '../../test/failure.ts'
import { makeFolder } from '../../test/folder.ts'
import { readEnvironmentFile } from './environment-file.ts'

async function read(text: string): Promise<string[]> {
  const file = join(await makeFolder(), 'shop.env')
  await writeFile(file, text)
  return readEnvironmentFile(file)
}

describe('an environment file', () => {
  it.each([
    ['nothing', '', []],
    ['lines', 'A=1\nB=2\n', ['A=1', 'B=2']],
    ['no last line break', 'A=1', ['A=1']],
    ['line breaks of another system', 'A=1\r\nB=2\r\n', ['A=1', 'B=2']],
    ['blank lines and comments', '\n# why\n  \n\t# because\nA=1\n#B=2\n', ['A=1']],
    ['space before a name', '  A=1\n', ['A=1']],
    ['an empty value', 'A=\n', ['A=']],
    ['quotes, which are part of the value', 'A="1"\nB=\'2\'\n', ['A="1"', "B='2'"]],
    ['what a shell would expand', 'A=$HOME `id` $(id)\n', ['A=$HOME `id` $(id)']],
    ['"=" and "#" in a value', 'A=b=c#d # e\n', ['A=b=c#d # e']],
    ['space around a value', 'A= 1 \n', ['A= 1 ']],
    ['names with dots and dashes', 'spring.config-name=x\n_x=1\n', ['spring.config-name=x', '_x=1']],
  ])('may hold %s', async (_what, text, expected) => {
    expect(await read(text)).toEqual(expected)
  })

  it.each([
    ['a name without a value', 'GOOD=1\nPASSWORD'],
    ['a command of a shell', 'GOOD=1\nexport PASSWORD=hunter22'],
    ['no name', 'GOOD=1\n=hunter22'],
    ['a name that begins with a digit', 'GOOD=1\n1PASSWORD=hunter22'],
    ['space behind the name', 'GOOD=1\nPASSWORD =hunter22'],
  ])('is refused for %s, by its line and without its values', async (_what, text) => {
    const error = await failureOf(read(text))

    expect(error.code).toBe('MIGRATION_FAILED')
    expect(error.message).toContain('line 2')
    expect(error.message).not.toContain('hunter22')
  })

  it('that is not there is named', async () => {
    const file = join(await makeFolder(), 'missing.env')

    const error = await failureOf(readEnvironmentFile(file))

    expect(error.code).toBe('MIGRATION_FAILED')
    expect(error.message).toContain(file)
  })
})
