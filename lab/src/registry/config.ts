/** What can be set of a lab registry. */
export interface RegistrySettings {
  /** Port of 127.0.0.1; a free one when not given. */
  readonly port?: number
  /** Who is told of each push. */
  readonly notifications?: readonly NotificationEndpoint[]
  /** A token service in place of a list of users. */
  readonly token?: TokenAuth
}

export interface NotificationEndpoint {
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
}

export interface TokenAuth {
  readonly realm: string
  readonly service: string
  readonly issuer: string
  /** Path of the certificate inside the container. */
  readonly rootcertbundle: string
}

/** A file inside the registry's container. */
export interface RegistryFile {
  readonly target: string
  readonly content: string
}

/** The registry's own configuration, as the object that its YAML file holds. */
export function registryConfig(
  host: string,
  secret: string,
  settings: RegistrySettings & { readonly usersFile?: string; readonly storage?: string },
): Readonly<Record<string, unknown>> {
  const { notifications = [], token, usersFile, storage = '/var/lib/docker-registry' } = settings
  return {
    version: 0.1,
    log: { level: 'info' },
    storage: { filesystem: { rootdirectory: storage }, delete: { enabled: true } },
    http: { addr: host, secret },
    ...(usersFile ? { auth: { htpasswd: { realm: 'slipway-lab', path: usersFile } } } : {}),
    ...(token ? { auth: { token } } : {}),
    ...(notifications.length > 0 ? { notifications: { endpoints: notifications.map(endpoint) } } : {}),
  }
}

function endpoint({ url, headers = {} }: NotificationEndpoint, index: number): object {
  return {
    name: `endpoint-${index + 1}`,
    url,
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
    timeout: '1s',
    threshold: 10,
    backoff: '1s',
  }
}
