import type { FastifyInstance } from 'fastify'
import type { Registry } from 'prom-client'
import { metricsPath } from '../api/paths.ts'

/** What `GET /metrics` needs. */
export interface MetricsTools {
  readonly registry: Registry
  /** Brings the figures up to date that are not counted here. */
  readonly refresh: () => Promise<void>
}

/** `GET /metrics`, in the text format of Prometheus. */
export function metricsRoute(app: FastifyInstance, { registry, refresh }: MetricsTools): void {
  app.get(metricsPath, async (_request, reply) => {
    await refresh()
    return reply.type(registry.contentType).send(await registry.metrics())
  })
}
