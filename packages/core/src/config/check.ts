import { z } from 'zod'
import { argv, containerName } from './fields.ts'
import { duration, positiveDuration } from './units.ts'

const highestPort = 65_535

const patience = {
  timeout: positiveDuration.default(5_000).meta({ description: 'For each try.' }),
  retries: z.int().min(0).max(1000).default(10).meta({ description: 'Further tries after the first.' }),
  interval: duration.default(1_000).meta({ description: 'Pause between tries.' }),
  successes: z
    .int()
    .min(1)
    .max(100)
    .default(1)
    .meta({ description: 'So many good tries in a row make it pass.' }),
}

const http = z.strictObject({
  url: z
    .url({ protocol: /^https?$/, error: 'write an http or https URL' })
    .meta({ description: 'Asked by the worker.' }),
  method: z.enum(['GET', 'HEAD', 'POST']).default('GET'),
  headers: z
    .record(
      z.string().regex(/^[A-Za-z0-9-]+$/, { error: 'write the name of a header' }),
      z.string().regex(/^[^\r\n\0]*$/),
    )
    .default({})
    .meta({ description: 'Sent along; no secrets belong here.' }),
  host: z
    .string()
    .regex(/^[a-zA-Z0-9.-]+(?::\d+)?$/, { error: 'write a host name, as in "www.example.com"' })
    .optional()
    .meta({ description: 'The Host header, for a site that is one of many on its address.' }),
  status: z
    .union([z.int().min(100).max(599), z.array(z.int().min(100).max(599)).min(1)], {
      error: 'write a status such as 200, or a list of them',
    })
    .default(200)
    .transform((status) => (typeof status === 'number' ? [status] : status)),
  text: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'What the first 64 KiB of the answer must contain.' }),
  ...patience,
})

const tcp = z.strictObject({
  tcp: z
    .string()
    .regex(/^(?:[a-zA-Z0-9.-]+|\[[0-9a-fA-F:]+\]):\d{1,5}$/, { error: 'write "host:port"' })
    .meta({ description: 'Passes when a connection can be opened.' }),
  ...patience,
})

const exec = z.strictObject({
  exec: z
    .strictObject({ container: containerName, command: argv })
    .meta({ description: 'A command in a running container; passes with exit code 0.' }),
  ...patience,
})

const health = z.strictObject({
  health: containerName.meta({ description: 'A container whose HEALTHCHECK says `healthy`.' }),
  ...patience,
})

/** One way to see whether a site is well. */
export const check = z
  .union([http, tcp, exec, health], {
    error:
      'write a check: { url: … }, { tcp: "host:port" }, { exec: { container: …, command: […] } } or { health: … }',
  })
  .superRefine((one, context) => {
    if ('url' in one && one.text !== undefined && one.method === 'HEAD') {
      const message = 'an answer to HEAD has no text; take this out, or write method: GET'
      context.addIssue({ code: 'custom', path: ['text'], message })
    }
    if ('tcp' in one && Number(one.tcp.slice(one.tcp.lastIndexOf(':') + 1)) > highestPort)
      context.addIssue({ code: 'custom', path: ['tcp'], message: `write a port up to ${highestPort}` })
  })

export type HealthCheck = z.output<typeof check>
