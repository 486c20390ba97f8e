/** The two ways into one instance of Alibaba Cloud Container Registry hold the same images. */
export interface AcrHost {
  readonly region: string
  /** Host as the public network knows it. */
  readonly publicHost: string
}

const acrForms = [
  // Personal Edition, older: registry[-vpc|-internal].<region>.aliyuncs.com
  /^(?<instance>registry)(?:-vpc|-internal)?\.(?<rest>(?<region>[a-z0-9-]+)\.aliyuncs\.com)$/,
  // Personal Edition, newer: crpi-<id>[-vpc].<region>.personal.cr.aliyuncs.com
  /^(?<instance>crpi-[a-z0-9]+)(?:-vpc)?\.(?<rest>(?<region>[a-z0-9-]+)\.personal\.cr\.aliyuncs\.com)$/,
  // Enterprise Edition: <instance>-registry[-vpc].<region>.cr.aliyuncs.com
  /^(?<instance>[a-z0-9-]+-registry)(?:-vpc)?\.(?<rest>(?<region>[a-z0-9-]+)\.cr\.aliyuncs\.com)$/,
]

/** Reads a host as one of ACR; null when it is not of a known form (a custom domain, another registry). */
export function parseAcrHost(host: string): AcrHost | null {
  for (const form of acrForms) {
    const groups = form.exec(host)?.groups
    if (groups?.region) return { region: groups.region, publicHost: `${groups.instance}.${groups.rest}` }
  }
  return null
}

/** One name for all the hosts under which a registry is known. */
export function registryIdentity(host: string): string {
  if (host === 'index.docker.io' || host === 'registry-1.docker.io') return 'docker.io'
  return parseAcrHost(host)?.publicHost ?? host
}
