import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { buildSource, push, type SiteVariant } from '@slipway/lab'

const execute = promisify(execFile)

export interface Version {
  readonly variant: SiteVariant
  /** What the site says that it is. */
  readonly version: string
  readonly pauseSeconds?: number
  readonly packages?: number
}

export interface User {
  readonly username: string
  readonly password: string
}

/**
 * Builds a version, brings it to the registry under a tag that no project follows, and takes it off the engine again,
 * so that the worker really has to pull it.
 * @returns a function that pushes it under a tag that projects follow, and gives the digest
 */
export async function prepareVersion(
  repository: string,
  user: User,
  version: Version,
): Promise<(tag?: string) => Promise<string>> {
  const staged = `staged-${version.version}`
  const name = `${repository}:${staged}`
  await buildSource({ say: () => {}, tag: name, ...version })
  const digest = await push(name, user)
  await docker('image', 'rm', name)
  return async (tag = 'latest') => {
    await retag(repository, user, staged, tag)
    return digest
  }
}

/** Gives a manifest that the registry has a further tag: to the registry that is a push like any other. */
async function retag(repository: string, user: User, from: string, to: string): Promise<void> {
  const [host = '', ...path] = repository.split('/')
  const manifests = `http://${host}/v2/${path.join('/')}/manifests`
  const authorization = `Basic ${Buffer.from(`${user.username}:${user.password}`).toString('base64')}`
  const type = 'application/vnd.docker.distribution.manifest.v2+json'
  const found = await fetch(`${manifests}/${from}`, { headers: { authorization, accept: type } })
  const pushed = await fetch(`${manifests}/${to}`, {
    method: 'PUT',
    headers: { authorization, 'content-type': type },
    body: await found.text(),
  })
  if (pushed.status !== 201) throw new Error(`the registry answered ${pushed.status} to ${to}`)
}

export async function docker(...args: string[]): Promise<string> {
  const { stdout } = await execute('docker', args, { timeout: 60_000 })
  return stdout
}
