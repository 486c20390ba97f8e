import { SlipwayError } from '@slipway/core'

/** Turns what the disk below a release root throws into ours; whatever is not of a disk stays as it is. */
export function diskError(error: unknown, root: string): unknown {
  if (error instanceof SlipwayError || !(error instanceof Error) || !('code' in error)) return error
  if (error.code === 'ENOSPC' || error.code === 'EDQUOT') {
    return new SlipwayError('DISK_FULL', `The disk of the release root ${root} is full: ${error.message}`, {
      cause: error,
    })
  }
  if (typeof error.code === 'string' && /^E[A-Z0-9]+$/.test(error.code) && !error.code.startsWith('ERR_')) {
    return new SlipwayError('RELEASE_STORE_FAILED', error.message, { cause: error })
  }
  return error
}
