import { Counter, Gauge, type Registry } from 'prom-client'

/**
 * What this process takes, looked up when somebody asks, under the names that dashboards know. The collectors of the
 * library do more, for a price: watching the event loop wakes a process that has nothing to do a hundred times a second.
 */
export function processFigures(registry: Registry): void {
  const registers = [registry]
  new Gauge({
    name: 'process_start_time_seconds',
    help: 'When the process was started, in seconds since 1970.',
    registers,
  }).set(Math.floor(Date.now() / 1_000 - process.uptime()))
  new Gauge({
    name: 'process_resident_memory_bytes',
    help: 'Resident memory of the process.',
    registers,
    collect() {
      this.set(process.memoryUsage.rss())
    },
  })
  new Gauge({
    name: 'nodejs_heap_size_used_bytes',
    help: 'Heap in use, with what was not collected yet.',
    registers,
    collect() {
      this.set(process.memoryUsage().heapUsed)
    },
  })
  new Counter({
    name: 'process_cpu_seconds_total',
    help: 'Processor time that the process took.',
    registers,
    collect() {
      const { user, system } = process.cpuUsage()
      this.reset()
      this.inc((user + system) / 1_000_000)
    },
  })
}
