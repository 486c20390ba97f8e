import { isAddress } from './address.ts'
import type { Endpoint } from './endpoint.ts'

/**
 * True when a token service may be sent credentials meant for the registry. Whoever answers in the registry's place
 * chooses the realm, so what does not belong to the registry by its name has to be listed by the operator.
 */
export function isTrustedRealm(endpoint: Endpoint, realm: URL): boolean {
  const registry = endpoint.url
  const isSecure = realm.protocol === 'https:'
  const isPlainLikeRegistry = realm.protocol === 'http:' && registry.protocol === 'http:'
  if (!isSecure && !isPlainLikeRegistry) return false
  if (realm.username || realm.password) return false
  return (
    realm.hostname === registry.hostname ||
    isListed(endpoint.tokenServices, realm) ||
    isRelated(registry.hostname, realm.hostname)
  )
}

function isListed(tokenServices: readonly string[], realm: URL): boolean {
  return tokenServices.some((service) => {
    const text = `${realm.protocol}//${service}/`
    return URL.canParse(text) && new URL(text).host === realm.host
  })
}

function isRelated(registry: string, realm: string): boolean {
  if (isAddress(registry) || isAddress(realm)) return false
  // Customers' buckets and functions live below this domain too: only the token services themselves will do.
  if (isBelow(registry, alibabaCloud)) return alibabaTokenService.test(realm)
  const parent = parentOf(registry)
  return parent !== null && (realm === parent || isBelow(realm, parent))
}

const alibabaCloud = 'aliyuncs.com'
// dockerauth[-ee][-vpc].<region>.aliyuncs.com, and for one region dockerauth-<region>.aliyuncs.com
const alibabaTokenService = /^dockerauth(?:-[a-z0-9-]+)?(?:\.(?!oss-)[a-z0-9-]+)?\.aliyuncs\.com$/

/** The domain that the registry's host is in, null when that may be in many hands. */
function parentOf(host: string): string | null {
  const labels = host.split('.').slice(1)
  const [first = '', last = ''] = labels
  if (labels.length < fewestLabels || labels.includes('')) return null
  const parent = labels.join('.')
  if (tenantDomains.has(parent)) return null
  // `com.cn`, `co.uk`, `ne.jp`: names below a country that anybody may register in.
  const isCountry = labels.length === fewestLabels && last.length === countryLength
  if (isCountry && (first.length <= longestShortCategory || longCategories.has(first))) return null
  return parent
}

const fewestLabels = 2
const countryLength = 2
const longestShortCategory = 3
const longCategories = new Set(['asso', 'firm', 'gouv', 'govt', 'info', 'name', 'police', 'school', 'store'])
// Registries that give every customer a name of their own below one domain; their realm is on the same host.
const tenantDomains = new Set(['azurecr.io', 'azurecr.cn', 'azurecr.us', 'jfrog.io', 'cloudsmith.io'])

function isBelow(host: string, domain: string): boolean {
  return host.endsWith(`.${domain}`)
}
