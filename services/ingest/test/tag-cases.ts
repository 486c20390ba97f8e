/** 64 hexadecimal digits that no image has. */
export const someHex = 'ab12'.repeat(16)
export const someDigest = `sha256:${someHex}`

/** Tags that every source takes as they are. */
export const goodTags = ['latest', '1', 'V1.2-RC_3', '_', 'sha256', `sha256-${someHex}0`, 'x'.repeat(128)]

/** Tags that no image is run by: every source passes them over. */
export const toolTags = [
  someDigest,
  someDigest.toUpperCase(),
  `sha256-${someHex}`,
  `sha256-${someHex}.sig`,
  `sha256-${someHex}.att`,
  `sha256-${someHex}.sbom`,
]

/** Tags that no registry lets through: every source refuses them. */
export const foreignTags = [
  'a b',
  'v1+build',
  'latest;rm -rf /',
  '$(id)',
  '-x',
  '.x',
  '../x',
  'x'.repeat(129),
  '最新',
  '🚀',
  'latest\n',
]

/** Digests as a sender may write them, and what is known by each. */
export const digestCases: readonly (readonly [written: unknown, known: string | null])[] = [
  [someDigest, someDigest],
  [someDigest.toUpperCase(), someDigest],
  [`sha256:${someHex.toUpperCase()}`, someDigest],
  [someHex, null],
  [`sha256:${someHex}0`, null],
  ['sha512:ab', null],
  ['', null],
  [null, null],
  [undefined, null],
  [42, null],
]
