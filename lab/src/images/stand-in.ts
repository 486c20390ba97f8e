import { spawn } from 'node:child_process'
import { mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '../command.ts'
import type { LabOptions } from '../lab-options.ts'
import { installMissing } from '../machine/packages.ts'
import { findPrivilege } from '../machine/privilege.ts'
import { cacheLabel } from '../run-id.ts'
import { debianMirror } from './debian-mirror.ts'

const suite = 'bookworm'
const makeTimeoutMs = 600_000
// What the slim images of Docker Hub leave out too.
const leftOut = [
  'usr/share/doc',
  'usr/share/info',
  'usr/share/locale',
  'usr/share/man',
  'var/cache/apt',
  'var/lib/apt/lists',
]

/**
 * Makes a small Debian from its mirror and gives it this tag.
 * @throws Error that says what to install or which privilege is missing
 */
export async function makeStandIn(tag: string, { say, signal }: LabOptions): Promise<void> {
  const missing = await installMissing(
    [
      { program: 'debootstrap', packages: ['debootstrap', 'debian-archive-keyring'] },
      { program: 'tar', packages: ['tar'] },
    ],
    { say, signal },
  )
  if (missing) throw new Error(missing)
  const asRoot = await findPrivilege()
  if (!asRoot) throw new Error('debootstrap takes root: run as root or allow sudo without a password')

  const folder = await mkdtemp(join(tmpdir(), 'slipway-debian-'))
  try {
    const mirror = debianMirror(await readSources(), suite)
    const make = ['/usr/sbin/debootstrap', '--variant=minbase', suite, folder, mirror] as const
    await run(...asRoot(make), { timeoutMs: makeTimeoutMs, signal })
    await run(...asRoot(['rm', '-rf', ...leftOut.map((path) => join(folder, path))]))
    await importFolder(asRoot(['tar', '-C', folder, '-c', '.']), tag, signal)
  } finally {
    await run(...asRoot(['rm', '-rf', '--one-file-system', folder]))
  }
}

async function importFolder(
  [program, args]: [string, string[]],
  tag: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const tar = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise<void>((resolve, reject) => {
    tar.once('error', reject)
    tar.once('close', (code) => (code === 0 ? resolve() : reject(new Error(`tar ended with ${code}`))))
  })
  const changes = ['--change', `LABEL ${cacheLabel}=debian`, '--change', 'CMD ["bash"]']
  const imported = run('docker', ['import', ...changes, '-', tag], { input: tar.stdout, signal })
  await Promise.all([imported, ended])
}

/** The host's own list of mirrors, old form and new; empty on a host that is no Debian. */
async function readSources(): Promise<string> {
  const files = ['/etc/apt/sources.list', '/etc/apt/sources.list.d/debian.sources']
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8').catch(() => '')))
  return texts.join('\n\n')
}
