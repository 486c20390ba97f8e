import { serviceLabels } from '@slipway/core'
import type { ReloadRequest } from '../../ports/service-manager.ts'

export type Labels = Readonly<Record<string, string>>

/** Labels cannot be changed later, so they say only what stays true. */
export function marksOf({ project, release }: ReloadRequest, replaces: string): Labels {
  return {
    [serviceLabels.project]: project,
    [serviceLabels.release]: release ?? '',
    [serviceLabels.replaces]: replaces,
  }
}
