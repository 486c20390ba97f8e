import type { LabOptions } from './lab-options.ts'
import type { RegistrySettings } from './registry/config.ts'
import type { TokenUser } from './registry/grants.ts'
import { makeSigningPair } from './registry/signing-pair.ts'
import { startTokenService } from './registry/token-service.ts'
import { type LabRegistry, startRegistry } from './registry.ts'

export interface TokenRegistryOptions extends LabOptions, Pick<RegistrySettings, 'notifications' | 'port'> {
  readonly users: readonly TokenUser[]
}

const issuer = 'slipway-lab'
const certificateFile = '/etc/slipway-lab/certificate.pem'

/** A registry in which each user may push and pull the repositories that are its own and no others. */
export async function startTokenRegistry(options: TokenRegistryOptions): Promise<LabRegistry> {
  const { users, ...settings } = options
  const pair = await makeSigningPair()
  const service = await startTokenService({ users, pair, issuer })
  try {
    const registry = await startRegistry({
      ...settings,
      token: { realm: service.realm, service: 'registry', issuer, rootcertbundle: certificateFile },
      files: [{ target: certificateFile, content: pair.certificate }],
    })
    return {
      ...registry,
      stop: async () => {
        await registry.stop()
        await service.stop()
      },
    }
  } catch (cause) {
    await service.stop()
    throw cause
  }
}
