/** The types of manifests and indexes that slipway takes. Schema 1 of Docker is not among them: its digest covers less. */
export const manifestTypes: readonly string[] = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
]

/** The type in a `Content-Type` header, without parameters, lower case; empty when there is none. */
export function essenceOf(contentType: string | null): string {
  return contentType?.split(';')[0]?.trim().toLowerCase() ?? ''
}

/** True for what registries send that store manifests as mere files: the type then stands in the body. */
export function isUnspecific(essence: string): boolean {
  return unspecificTypes.has(essence)
}

const unspecificTypes = new Set(['', 'application/json', 'application/octet-stream', 'text/plain'])
