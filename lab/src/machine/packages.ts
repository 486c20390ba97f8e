import { access } from 'node:fs/promises'
import { run } from '../command.ts'
import type { LabOptions } from '../lab-options.ts'
import { type AsRoot, findPrivilege } from './privilege.ts'
import { findProgram } from './programs.ts'

/** A program that the lab needs and the Debian package that brings it. */
export interface Need {
  readonly program: string
  readonly packages: readonly string[]
}

const installTimeoutMs = 600_000
const lockTimeoutSeconds = 300
const policyFile = '/usr/sbin/policy-rc.d'

/**
 * Installs what is missing from Debian or Ubuntu. Services of those packages are neither started nor enabled.
 * @returns undefined when all is there, or one line that says what to install by hand
 */
export async function installMissing(
  needs: readonly Need[],
  { say, signal }: LabOptions,
): Promise<string | undefined> {
  const found = await Promise.all(needs.map(({ program }) => findProgram(program)))
  const packages = [...new Set(needs.filter((_, index) => !found[index]).flatMap((need) => need.packages))]
  if (packages.length === 0) return undefined

  const byHand = `apt-get install --no-install-recommends ${packages.join(' ')}`
  const asRoot = await findPrivilege()
  if (!asRoot || !(await findProgram('apt-get'))) return `please install what is missing: ${byHand}`
  say(`installing ${packages.join(', ')}`)
  try {
    await withServicesAsleep(asRoot, () => aptInstall(asRoot, packages, signal))
    await disableServices(asRoot, packages, say)
    return undefined
  } catch (cause) {
    signal?.throwIfAborted()
    return `${byHand} failed: ${cause instanceof Error ? lastLine(cause.message) : String(cause)}`
  }
}

async function aptInstall(asRoot: AsRoot, packages: readonly string[], signal?: AbortSignal): Promise<void> {
  const apt = (...args: string[]) => {
    // Two test files may find the same thing missing at the same moment.
    const patient = ['-o', `DPkg::Lock::Timeout=${lockTimeoutSeconds}`]
    const command = asRoot(['env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-q', ...patient, ...args])
    return run(...command, { timeoutMs: installTimeoutMs, signal })
  }
  const install = () => apt('install', '-y', '--no-install-recommends', ...packages)
  // The lists of a new machine are often empty or too old for what they name.
  await install().catch(async () => {
    await apt('update')
    await install()
  })
}

/** Debian starts a service as soon as it is installed, unless this file says that it may not. */
async function withServicesAsleep(asRoot: AsRoot, work: () => Promise<void>): Promise<void> {
  const isThere = await access(policyFile).then(
    () => true,
    () => false,
  )
  if (isThere) return work()
  await run(...asRoot(['tee', policyFile]), { input: '#!/bin/sh\nexit 101\n' })
  await run(...asRoot(['chmod', '755', policyFile]))
  try {
    await work()
  } finally {
    await run(...asRoot(['rm', '-f', policyFile]))
  }
}

const services: Readonly<Record<string, readonly string[]>> = {
  'docker.io': ['docker.service', 'docker.socket'],
  'docker-registry': ['docker-registry.service'],
  'redis-server': ['redis-server.service'],
}

async function disableServices(
  asRoot: AsRoot,
  packages: readonly string[],
  say: LabOptions['say'],
): Promise<void> {
  const brought = packages.flatMap((name) => services[name] ?? [])
  if (brought.length === 0) return
  const disabled = await run(...asRoot(['systemctl', 'disable', ...brought])).then(
    () => true,
    // No systemd here: then nothing would start them at boot either.
    () => false,
  )
  say(`${brought.join(', ')}: installed, not started${disabled ? ', not enabled' : ''}`)
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? ''
}
