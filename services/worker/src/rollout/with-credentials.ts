import { type RegistryCredentials, SlipwayError } from '@slipway/core'
import type { CredentialSource } from '../ports/credential-source.ts'

/**
 * Does what needs the credentials of a project. Temporary ones that turn out to be refused are got anew, once: they may
 * have been taken back before they ran out.
 * @param isRefusal whether the error means that the registry did not know these credentials
 */
export async function withCredentials<T>(
  source: CredentialSource,
  signal: AbortSignal,
  use: (credentials: RegistryCredentials | null) => Promise<T>,
  isRefusal: Refusal = async (error) => isUnauthorized(error),
): Promise<T> {
  const first = await source.read(signal)
  try {
    return await use(first)
  } catch (error) {
    if (!(await isRefusal(error, first)) || !source.forget(first)) throw error
  }
  return use(await source.read(signal))
}

export type Refusal = (error: unknown, credentials: RegistryCredentials | null) => Promise<boolean>

/** True for the answer of a registry that does not know who asks. */
export function isUnauthorized(error: unknown): boolean {
  return error instanceof SlipwayError && error.code === 'REGISTRY_UNAUTHORIZED'
}
