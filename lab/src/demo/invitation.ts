import type { Stage } from './stage.ts'

/** What to look at and what to try while the demo stays. */
export function invitation({ site, opsUrl, publicUrl, secrets, configFile, root }: Stage): string {
  return `
  The site          ${site.siteUrl}
  Console           ${opsUrl}/
    log in with     ${secrets.token}
  Bull Board        ${opsUrl}/queues
  Webhooks          ${publicUrl}/webhooks/registry
  Releases          ${root}
  Configuration     ${configFile}

  Try, in another terminal:

    export SLIPWAY_CONFIG=${configFile}
    packages/cli/bin/slipway.mjs status shop
    packages/cli/bin/slipway.mjs deploy shop --tag v1 --wait
    packages/cli/bin/slipway.mjs --help
    curl -i ${site.siteUrl}/health

  Ctrl-C stops and removes all of this.

`
}

/** What stays on the machine. */
export function farewell(removeCache: string): string {
  return `all is stopped and removed but the base images, kept for the next time; to remove them:\n        ${removeCache}`
}
