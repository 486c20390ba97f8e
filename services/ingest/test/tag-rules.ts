import { expect, it } from 'vitest'
import type { Parsed } from '../src/sources/source.ts'
import { foreignTags, goodTags, toolTags } from './tag-cases.ts'

/** The rules on tags that sources share whose every push has one; `parse` is given what stands in its place. */
export function itKeepsTheRulesOnTags(parse: (tag: unknown) => Parsed): void {
  it.each(goodTags)('takes the tag %s as it is', (tag) => {
    expect(parse(tag)).toMatchObject({ kind: 'pushes', pushes: [{ tag }] })
  })

  it.each(['', ...foreignTags])('rejects the tag %j', (tag) => {
    expect(parse(tag).kind).toBe('reject')
  })

  it.each([undefined, null, 7, true, ['latest'], { name: 'latest' }])(
    'rejects %j in place of a tag',
    (tag) => {
      expect(parse(tag).kind).toBe('reject')
    },
  )

  it.each(toolTags)('ignores the tag %s', (tag) => {
    expect(parse(tag).kind).toBe('ignore')
  })
}
