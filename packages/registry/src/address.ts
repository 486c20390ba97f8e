import { BlockList, isIP } from 'node:net'

/** True for 127.0.0.0/8, ::1 and `localhost`; takes a host name as `URL.hostname` writes it. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || isWithin(loopback, hostname)
}

/** True for the addresses that clouds answer instance metadata on, and their neighbours on the link. */
export function isLinkLocal(hostname: string): boolean {
  return isWithin(linkLocal, hostname)
}

/** True for an IPv4 address, or an IPv6 address with or without its brackets. */
export function isAddress(hostname: string): boolean {
  return isIP(withoutBrackets(hostname)) !== 0
}

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

const linkLocal = new BlockList()
linkLocal.addSubnet('169.254.0.0', 16, 'ipv4')
linkLocal.addSubnet('fe80::', 10, 'ipv6')

function isWithin(list: BlockList, hostname: string): boolean {
  const address = withoutBrackets(hostname)
  const family = isIP(address)
  return family !== 0 && list.check(address, family === 4 ? 'ipv4' : 'ipv6')
}

function withoutBrackets(hostname: string): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname
}
