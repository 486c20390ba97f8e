import type { Source } from './sources/source.ts'

/** Bytes at which the listener stops reading, whoever calls. */
export const largestBody = 1_048_576

/** Bytes that the body of a call may have where the source does not say otherwise: twenty times what most send. */
export const usualBody = 65_536

/** Bytes that the body of a proven call of this source may have. */
export function bodyLimitOf({ bodyLimit }: Pick<Source, 'bodyLimit'>): number {
  return Math.min(bodyLimit ?? usualBody, largestBody)
}
