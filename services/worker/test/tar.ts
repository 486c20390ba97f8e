import { Readable } from 'node:stream'

const flags = {
  file: '0',
  link: '1',
  symlink: '2',
  'character-device': '3',
  'block-device': '4',
  directory: '5',
  fifo: '6',
  pax: 'x',
  'gnu-long-name': 'L',
  'gnu-long-target': 'K',
  sparse: 'S',
} as const

/** One entry as it stands in the bytes; nothing of it is checked, so that hostile ones can be written too. */
export interface TarEntry {
  readonly name: string | Uint8Array
  readonly type?: keyof typeof flags
  readonly mode?: number
  readonly linkname?: string
  readonly content?: string | Uint8Array
  /** Major and minor number; those of /dev/null by default. */
  readonly device?: readonly [major: number, minor: number]
  /** What the header says, when that is not the truth. */
  readonly size?: number
}

const blockSize = 512

/** The bytes of an archive. */
export function tar(entries: readonly TarEntry[], end = Buffer.alloc(2 * blockSize)): Buffer {
  return Buffer.concat([...entries.map(blocksOf), end])
}

/** The bytes as a stream, in pieces that end anywhere. */
export function streamOf(bytes: Uint8Array, piece = 700): Readable {
  return Readable.from(pieces(Buffer.from(bytes), piece), { objectMode: false })
}

/** An archive of a good source: the folder `app` with these files, and the folders that they lie in. */
export function sourceTar(files: Readonly<Record<string, string>>): Buffer {
  const folders = new Set(Object.keys(files).flatMap(foldersOf))
  return tar([
    folder('app'),
    ...[...folders].toSorted().map((path) => folder(`app/${path}`)),
    ...Object.entries(files).map(([path, content]) => ({ name: `app/${path}`, content })),
  ])
}

export function folder(name: string, mode = 0o755): TarEntry {
  return { name: `${name}/`, type: 'directory', mode }
}

/** Sets fields of the entry that follows. */
export function pax(fields: Readonly<Record<string, string>>): TarEntry {
  const content = Object.entries(fields).map(([key, value]) => paxRecord(` ${key}=${value}\n`))
  return { name: 'PaxHeaders/x', type: 'pax', content: content.join('') }
}

export function gnuLong(type: 'gnu-long-name' | 'gnu-long-target', text: string): TarEntry {
  return { name: '././@LongLink', type, content: `${text}\0` }
}

function paxRecord(rest: string): string {
  const bytes = Buffer.byteLength(rest)
  let length = bytes + String(bytes).length
  if (String(length).length > String(bytes).length) length += 1
  return `${length}${rest}`
}

function foldersOf(path: string): string[] {
  const parts = path.split('/').slice(0, -1)
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'))
}

function* pieces(bytes: Buffer, size: number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

function blocksOf(entry: TarEntry): Buffer {
  const { name, type = 'file', mode = 0o644, linkname = '', content = '', size, device = [1, 3] } = entry
  const body = Buffer.from(content)
  const header = Buffer.alloc(blockSize)
  header.set(Buffer.from(name).subarray(0, 100), 0)
  header.write(octal(mode, 7), 100)
  header.write(octal(0, 7), 108)
  header.write(octal(0, 7), 116)
  header.write(octal(size ?? body.length, 11), 124)
  header.write(octal(0, 11), 136)
  header.write(flags[type], 156)
  header.write(linkname.slice(0, 100), 157)
  header.write('ustar\x0000', 257, 'latin1')
  header.write(octal(device[0], 7), 329)
  header.write(octal(device[1], 7), 337)
  header.write(octal(checksum(header), 7), 148)
  return Buffer.concat([header, body, Buffer.alloc((blockSize - (body.length % blockSize)) % blockSize)])
}

function octal(value: number, digits: number): string {
  return `${value.toString(8).padStart(digits, '0')}\0`
}

function checksum(header: Buffer): number {
  const before = header.subarray(0, 148)
  const after = header.subarray(156)
  return [...before, ...after].reduce((sum, byte) => sum + byte, 8 * 32)
}
