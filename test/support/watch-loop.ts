// Given to a worker by `node --import`: tells, as lines of its log, whenever its event loop did not turn.

const every = 10
const worthTelling = 25

let lastLook = performance.now()
let lastCpu = process.threadCpuUsage()

setInterval(() => {
  const now = performance.now()
  const used = process.threadCpuUsage(lastCpu)
  // On a busy machine it may have waited for its turn; only what it did itself counts.
  const busy = Math.min(now - lastLook - every, (used.user + used.system) / 1_000)
  if (busy > worthTelling) {
    const monotonic = Number(process.hrtime.bigint() / 1_000n)
    process.stdout.write(`${JSON.stringify({ msg: 'loop blocked', monotonic, milliseconds: busy })}\n`)
  }
  lastLook = now
  lastCpu = process.threadCpuUsage()
}, every).unref()
