import type { LabOptions } from '../lab-options.ts'
import { installMissing, type Need } from './packages.ts'
import { findProgram } from './programs.ts'

/** What parts of the lab that run beside the engine are made of. */
export type ProgramName =
  | 'busybox'
  | 'docker'
  | 'dockerd'
  | 'docker-registry'
  | 'faketime'
  | 'ip'
  | 'iptables'
  | 'redis-server'

/**
 * Makes sure that programs of the machine are there, and says where.
 * @throws Error with the line that installs by hand what cannot be installed from here
 */
export async function ensurePrograms<Name extends ProgramName>(
  names: readonly Name[],
  options: LabOptions,
): Promise<Record<Name, string>> {
  const missing = await installMissing(
    names.map((name) => needs[name]),
    options,
  )
  if (missing) throw new Error(missing)
  const found = await Promise.all(names.map(async (name) => [name, await placeOf(name)] as const))
  return Object.fromEntries(found) as Record<Name, string>
}

async function placeOf(name: ProgramName): Promise<string> {
  const place = await findProgram(needs[name].program)
  if (!place) throw new Error(`${name} was installed, and is not among the system's programs`)
  return place
}

const needs: Readonly<Record<ProgramName, Need>> = {
  busybox: { program: 'busybox', packages: ['busybox-static'] },
  // Newer releases have the client in a package of its own.
  docker: { program: 'docker', packages: ['docker-cli'] },
  dockerd: { program: 'dockerd', packages: ['docker.io', 'iptables'] },
  'docker-registry': { program: 'docker-registry', packages: ['docker-registry'] },
  faketime: { program: 'faketime', packages: ['faketime'] },
  ip: { program: 'ip', packages: ['iproute2'] },
  iptables: { program: 'iptables', packages: ['iptables'] },
  'redis-server': { program: 'redis-server', packages: ['redis-server'] },
}
