import type { Environment } from '@slipway/config-file'

export const defaultConfigPath = '/etc/slipway/slipway.yaml'

/** The option that every command has which reads the configuration. */
export const configOption = { config: { type: 'string' } } as const

/** Where the configuration is: as named, as the environment says, or where it is by custom. */
export function configPath(named: string | undefined, environment: Environment): string {
  return named ?? (environment.SLIPWAY_CONFIG || defaultConfigPath)
}
