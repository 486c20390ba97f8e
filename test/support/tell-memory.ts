// Given to a worker by `node --expose-gc --import`: on SIGUSR2 it tells, as a line of its log, what it really holds.

process.on('SIGUSR2', () => {
  globalThis.gc?.()
  const { heapUsed, external, rss } = process.memoryUsage()
  const megabytes = (bytes: number) => Math.round(bytes / 1_000_000)
  const line = { msg: 'memory', held: megabytes(heapUsed + external), rss: megabytes(rss) }
  process.stdout.write(`${JSON.stringify(line)}\n`)
})
