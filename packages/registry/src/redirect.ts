import { isLinkLocal, isLoopback } from './address.ts'

/**
 * Where a redirect leads when it may be followed; otherwise why not, as the end of a sentence.
 * `registry` is where the image's registry is contacted, `from` who answered with the redirect.
 */
export function redirectTarget(registry: URL, from: URL, location: string | null): URL | string {
  if (!location || !URL.canParse(location, from.href)) return 'to something that is no address'
  const target = new URL(location, from)
  if (!['http:', 'https:'].includes(target.protocol)) return 'to something that is no address of the web'
  if (target.username || target.password) return `to ${target.host} with credentials in the address`
  if (from.protocol === 'https:' && target.protocol !== 'https:') return `to ${target.host} without TLS`
  if (leadsInside(registry.hostname, target.hostname)) return 'to this machine or its link'
  return target
}

// What listens on loopback or answers metadata on the link trusts whoever can reach it: a registry must not reach it
// through us, unless it is there itself.
function leadsInside(registry: string, target: string): boolean {
  if (target === registry) return false
  return isLinkLocal(target) || (isLoopback(target) && !isLoopback(registry))
}
