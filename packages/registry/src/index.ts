export { createRegistryClient, type RegistryClientOptions } from './client.ts'
export { hostRules } from './host-rules.ts'
export type {
  Descriptor,
  FetchedManifest,
  LayerDescriptor,
  PlatformManifest,
  Referrer,
  RegistryClient,
  RegistryHostRules,
  RegistryRequest,
  TagList,
  Validated,
} from './registry-client.ts'
