import { fileURLToPath } from 'node:url'
import { type LabProcess, poll, startProcess } from '@slipway/lab'
import type { Sites } from '../sites.ts'

const main = fileURLToPath(new URL('../../../services/ingest/src/main.ts', import.meta.url))

/**
 * Ingest with its log in a file, as a service manager would have it: read by whoever measures, every line would cost
 * the measurement and not what is measured.
 */
export async function startQuietIngest(sites: Sites, logFile: string): Promise<LabProcess> {
  const ingest = await startProcess({
    name: 'ingest',
    // The words come as arguments: none of them is read by the shell.
    program: '/bin/sh',
    args: ['-c', 'exec "$1" "$2" >"$3" 2>&1', 'sh', process.execPath, main, logFile],
    env: { SLIPWAY_CONFIG: sites.configFile },
  })
  const ready = () =>
    fetch(new URL('/readyz', sites.hookUrl)).then(
      ({ ok }) => ok,
      () => false,
    )
  await poll(ready, { what: `ingest to be ready; its log is ${logFile}`, timeoutMs: 30_000 })
  return ingest
}
