import { isDigest } from '@slipway/core'

/** A layer of a manifest that carries a signature. */
export interface LayerFacts {
  readonly mediaType: string
  readonly digest: string
  /** Bytes, as the manifest says. */
  readonly size: number
  readonly annotations: Readonly<Record<string, unknown>>
}

/** The layers of a manifest, without those that are not well described. */
export function layersOf(body: unknown): readonly LayerFacts[] {
  const layers: unknown = isObject(body) ? body.layers : []
  if (!Array.isArray(layers)) return []
  return layers.flatMap((layer: unknown) => {
    if (!isObject(layer)) return []
    const { mediaType, digest, size, annotations } = layer
    if (typeof mediaType !== 'string' || typeof digest !== 'string' || typeof size !== 'number') return []
    if (!isDigest(digest)) return []
    return [{ mediaType, digest, size, annotations: isObject(annotations) ? annotations : {} }]
  })
}

/** What bytes say in JSON; null when they are none. */
export function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    return null
  }
}

/** Follows keys into what JSON said; undefined where there is nothing. */
export function valueAt(value: unknown, ...keys: readonly string[]): unknown {
  let at = value
  for (const key of keys) at = isObject(at) && Object.hasOwn(at, key) ? at[key] : undefined
  return at
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
