import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { createFileReleaseStore } from '../src/adapters/file-release-store.ts'
import { calm } from './failure.ts'
import { plainCopy, releaseOf, sourceOf } from './project.ts'
import { folder, streamOf, tar } from './tar.ts'

/**
 * Runs in a mount namespace of its own: copies a source of so many bytes to a disk that has less, and says which error
 * came of it and what was left.
 */
const [place = '', options = '', files = '1', bytes = '0'] = process.argv.slice(2)
execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', place])
const root = join(place, 'shop')
mkdirSync(root)
const store = createFileReleaseStore(root)
await store.prepare()
const content = Buffer.alloc(Number(bytes), 'x')
const entries = Array.from({ length: Number(files) }, (_, index) => ({ name: `app/${index}`, content }))
const archive = streamOf(tar([folder('app'), ...entries]), 65_536)
const source = sourceOf()
const code = await store
  .copy({ release: releaseOf(1, 'a'), archive, source, ...plainCopy, signal: calm })
  .then(
    () => 'copied',
    (error: { code?: string }) => error.code ?? String(error),
  )
process.stdout.write(JSON.stringify({ code, left: readdirSync(join(root, 'releases')) }))
