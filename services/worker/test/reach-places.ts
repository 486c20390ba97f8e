import { createFailpoint } from '../src/failpoint.ts'

/** Reaches the places that it is given after the failpoint, and says so after each. */
const [spec, ...places] = process.argv.slice(2)
const reach = createFailpoint(spec)
for (const place of places) {
  const begun = performance.now()
  reach(place)
  process.stdout.write(`${place} ${performance.now() - begun > 500 ? 'late' : 'at once'}\n`)
}
