import { BlockList, isIP } from 'node:net'

/** True for the address of a caller that may speak. */
export type Allows = (peer: string) => boolean

/** Whether an address lies in one of some ranges (CIDR, or single addresses), of IPv4 or IPv6. */
export function createAllows(ranges: readonly string[]): Allows {
  const list = new BlockList()
  for (const range of ranges) {
    const [network = '', bits] = range.split('/')
    const family = isIP(network) === 6 ? 'ipv6' : 'ipv4'
    if (bits === undefined) list.addAddress(network, family)
    else list.addSubnet(network, Number(bits), family)
  }
  // An address of IPv4 that a socket of IPv6 shows as `::ffff:192.0.2.1` is known to the list as what it is.
  return (peer) => {
    const version = isIP(peer)
    return version !== 0 && list.check(peer, version === 6 ? 'ipv6' : 'ipv4')
  }
}
