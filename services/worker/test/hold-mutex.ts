import { flockMutex } from '../src/adapters/flock-mutex.ts'

/** Takes the mutex of the root that it is given, says so, and holds it until it is ended. */
const held = await flockMutex.tryAcquire(process.argv[2] ?? '')
process.stdout.write(held ? 'held\n' : 'busy\n')
if (held) setInterval(() => {}, 60_000)
