import { randomBytes, randomInt } from 'node:crypto'
import { run } from '../command.ts'
import type { LabOptions } from '../lab-options.ts'
import { ensurePrograms } from '../machine/ensure-programs.ts'
import { findPrivilege } from '../machine/privilege.ts'

/** A network interface that an engine of one's own may have. */
export interface Bridge {
  readonly name: string
  remove(): Promise<void>
}

/**
 * Makes one that leads nowhere. An engine that is told to have none takes `docker0` away when it starts, and with it the
 * network of the machine's own engine; one that is given its own leaves that alone.
 */
export async function makeBridge(options: LabOptions): Promise<Bridge> {
  const { ip } = await ensurePrograms(['ip'], options)
  const asRoot = await findPrivilege()
  if (!asRoot) throw new Error('a network interface takes root: run as root or allow sudo without a password')
  const link = (...words: readonly string[]) => run(...asRoot([ip, ...words]))
  const name = `slipway${randomBytes(3).toString('hex')}`
  // Of the range that is kept for measuring networks: nobody's address.
  const address = `198.${randomInt(18, 20)}.${randomInt(0, 256)}.1/24`
  await link('link', 'add', name, 'type', 'bridge')
  const remove = async () => void (await link('link', 'delete', name).catch(() => ''))
  try {
    await link('address', 'add', address, 'dev', name)
    return { name, remove }
  } catch (cause) {
    await remove()
    throw cause
  }
}
