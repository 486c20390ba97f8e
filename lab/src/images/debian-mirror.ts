const usual = 'http://deb.debian.org/debian'

/**
 * The mirror that this host itself takes Debian from, so that the lab works where only a near one can be reached.
 * @param sources text of the host's apt sources, in the one-line form, the deb822 form, or both
 */
export function debianMirror(sources: string, suite: string): string {
  return oneLine(sources, suite) ?? deb822(sources, suite) ?? usual
}

function oneLine(sources: string, suite: string): string | undefined {
  for (const line of sources.split('\n')) {
    const match = /^\s*deb\s+(?:\[[^\]]*\]\s+)?(https?:\/\/\S+)\s+(\S+)\s/.exec(line)
    if (match?.[2] === suite && match[1]) return trimmed(match[1])
  }
  return undefined
}

function deb822(sources: string, suite: string): string | undefined {
  const stanzas = sources.split(/\n\s*\n/)
  for (const stanza of stanzas) {
    const field = (name: string) =>
      new RegExp(`^${name}:[ \\t]*(.*)$`, 'im').exec(stanza)?.[1]?.trim().split(/\s+/) ?? []
    const uri = field('URIs').find((address) => /^https?:\/\//.test(address))
    if (uri && field('Suites').includes(suite)) return trimmed(uri)
  }
  return undefined
}

function trimmed(address: string): string {
  return address.replace(/\/+$/, '')
}
