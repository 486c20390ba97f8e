import { z } from 'zod'
import { absolutePath } from './names.ts'

/** Whose signature an image must bear. */
export const trust = z
  .strictObject({
    cosign: z.strictObject({
      key: z
        .union([absolutePath, z.array(absolutePath).min(1)], {
          error: 'write the path of a public key (PEM), or a list while rotating',
        })
        .transform((key) => (typeof key === 'string' ? [key] : key))
        .meta({ description: 'Public key (PEM) on the host of the worker, or several while rotating.' }),
    }),
  })
  .meta({ description: 'An image without a signature of this key is refused before the pull.' })

export type Trust = z.output<typeof trust>
