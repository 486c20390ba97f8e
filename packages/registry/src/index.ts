export { createRegistryClient, type RegistryClientOptions } from './client.ts'
export type {
  Descriptor,
  FetchedManifest,
  RegistryClient,
  RegistryCredentials,
  RegistryHostRules,
  RegistryRequest,
} from './registry-client.ts'
