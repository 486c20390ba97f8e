import type { HealthCheck } from '@slipway/core'
import type Docker from 'dockerode'
import type { Look, SiteProbe } from '../ports/site-probe.ts'
import { createCommandLook, lookAtHealth } from './container-look.ts'
import { plain } from './docker-errors.ts'
import { lookByHttp } from './http-look.ts'
import { lookByTcp } from './tcp-look.ts'

/** Looks from where the worker runs, and into containers of its engine. */
export function createSiteProbe(docker: Docker): SiteProbe {
  const lookByCommand = createCommandLook(docker)

  function lookOnce(check: HealthCheck, signal: AbortSignal, since: number): Promise<Look> {
    if ('url' in check) return lookByHttp(check, signal)
    if ('tcp' in check) return lookByTcp(check, signal)
    if ('exec' in check) return lookByCommand(check.exec, signal)
    return lookAtHealth(docker, { container: check.health, since }, signal)
  }

  return {
    async look(check, signal, since = 0) {
      signal.throwIfAborted()
      const late = AbortSignal.timeout(check.timeout)
      try {
        const { result, said } = await lookOnce(check, AbortSignal.any([signal, late]), since)
        return { result, said: plain(said) }
      } catch (error) {
        signal.throwIfAborted()
        const why = late.aborted ? `it took longer than ${check.timeout} ms` : reasonOf(error)
        return { result: 'unwell', said: `gave no answer (${plain(why)})` }
      }
    },
  }
}

const untrusted: ReadonlySet<unknown> = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'ERR_TLS_CERT_ALTNAME_INVALID',
])

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const code = 'code' in error ? error.code : undefined
  // A name with several addresses, and none of them answers: the words are in each of them.
  const inner = error instanceof AggregateError ? error.errors.find((one) => one instanceof Error) : null
  const said = error.message || inner?.message || String(code ?? error.name)
  return untrusted.has(code) ? `its certificate is not trusted: ${said}` : said
}
