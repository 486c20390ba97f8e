export interface ImageAge {
  /** When the image was made, by its own word; null when it does not say. */
  readonly created: number | null
  /** When slipway was told of the push. */
  readonly acceptedAt: number
  /** Milliseconds that the image has to be old. */
  readonly cooldown: number
  readonly now: number
}

// Tools that build the same bytes each time write one fixed date: 0001, 1970 or 1980.
const firstBelievable = Date.UTC(2000, 0, 1)

/**
 * When an image is old enough to be deployed, and whether its own date counts: one that says nothing, lies in the future
 * or is older than containers does not, and then the image is as old as the push. Times are milliseconds since 1970.
 */
export function cooledAt({ created, acceptedAt, cooldown, now }: ImageAge): {
  readonly at: number
  readonly isDated: boolean
} {
  const isDated = created !== null && created >= firstBelievable && created <= now
  return { at: (isDated ? created : acceptedAt) + cooldown, isDated }
}
