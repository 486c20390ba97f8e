export type { CredentialSource } from '@slipway/config-file'
