import { askRegistry } from './ask-registry.ts'
import type { Call } from './call.ts'
import { refusal } from './refusal.ts'

const largestAnswer = 64 * 1024

/** Asks for one tag of the repository: whoever may list tags may read it. What the tag is does not matter. */
export async function probeRepository(call: Call): Promise<void> {
  const asked = { accept: 'application/json', limit: largestAnswer }
  const answer = await askRegistry(call, 'tags/list?n=1', asked)
  if (answer.status !== 200) throw refusal(call, answer, 'registry')
}
