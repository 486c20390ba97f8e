import { randomBytes } from 'node:crypto'
import { fileEntries, type Layer, makeLayer } from '@slipway/lab'

/** A layer that no compression makes smaller, outside of the source: something that takes a while to pull. */
export function noiseLayer(bytes: number): Promise<Layer> {
  return makeLayer(fileEntries({ '/opt/noise': randomBytes(bytes) }))
}

/** Files of the source that take a while to copy. */
export function noiseFiles(count: number, bytes: number): Record<string, Buffer> {
  const names = Array.from({ length: count }, (_, index) => `public/noise-${index}`)
  return Object.fromEntries(names.map((name) => [name, randomBytes(bytes)]))
}
