import { readFile } from 'node:fs/promises'
import type { LabOptions } from '../lab-options.ts'
import { ensurePrograms } from '../machine/ensure-programs.ts'
import { type Layer, makeLayer } from './layer.ts'

const applets = [
  'cat',
  'date',
  'echo',
  'env',
  'false',
  'id',
  'ls',
  'mkdir',
  'rm',
  'sh',
  'sleep',
  'test',
  'touch',
  'true',
]

let made: Promise<Layer> | undefined

/**
 * What an image needs at least so that `[sh, -c, …]` runs in it: Debian's static busybox under its usual names, /tmp,
 * and root's account.
 * @throws Error when the busybox of this machine needs libraries, which the image would not have
 */
export function busyboxLayer(options: LabOptions): Promise<Layer> {
  made ??= make(options)
  // Another try may have more luck.
  made.catch(() => {
    made = undefined
  })
  return made
}

async function make(options: LabOptions): Promise<Layer> {
  const { busybox } = await ensurePrograms(['busybox'], options)
  const content = await readFile(busybox)
  if (content.includes('/ld-linux')) {
    throw new Error(`${busybox} needs libraries: apt-get install --no-install-recommends busybox-static`)
  }
  return makeLayer([
    { header: { name: 'bin/', type: 'directory', mode: 0o755 } },
    { header: { name: 'bin/busybox', mode: 0o755 }, content },
    ...applets.map((name) => ({
      header: { name: `bin/${name}`, type: 'link', linkname: 'bin/busybox', mode: 0o755 } as const,
    })),
    { header: { name: 'etc/', type: 'directory', mode: 0o755 } },
    { header: { name: 'etc/passwd', mode: 0o644 }, content: 'root:x:0:0:root:/:/bin/sh\n' },
    { header: { name: 'tmp/', type: 'directory', mode: 0o1777 } },
  ])
}
