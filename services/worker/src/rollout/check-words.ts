import type { HealthCheck } from '@slipway/core'

/** What a check is about, for the log. */
export function checkName(check: HealthCheck): string {
  if ('url' in check) return `${check.method} ${withoutUser(check.url)}`
  if ('tcp' in check) return `tcp ${check.tcp}`
  return 'exec' in check
    ? `${check.exec.command[0]} in ${check.exec.container}`
    : `the container ${check.health}`
}

/** What a check has to see, in words that go on from its name. */
export function checkExpects(check: HealthCheck): string {
  if ('url' in check) {
    const text = check.text === undefined ? '' : ` with the text ${JSON.stringify(check.text)}`
    return `has to answer ${check.status.join(' or ')}${text}`
  }
  if ('tcp' in check) return 'has to take a connection'
  return 'exec' in check ? 'has to end with exit code 0' : 'has to be healthy'
}

function withoutUser(text: string): string {
  const url = new URL(text)
  if (!url.username && !url.password) return text
  url.username = ''
  url.password = ''
  return url.href
}
