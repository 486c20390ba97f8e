// `npm run build -w packages/console`: makes dist/, which ingest serves. With `--if-changed` it builds only when what
// dist/ was made from is no longer what stands here; `--out FOLDER` takes the place of dist/.
import { createHash } from 'node:crypto'
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

const folder = import.meta.dirname
const stampName = '.built-from'

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { 'if-changed': { type: 'boolean' }, out: { type: 'string' } } })
  const dist = values.out ?? join(folder, 'dist')
  const stamp = await fingerprint()
  if (values['if-changed'] && (await stampOf(dist)) === stamp) return
  // Under a name of its own, so that nobody is ever served half of it, and two builds do not meet.
  const made = `${dist}.${process.pid}`
  try {
    await bundle(made)
    await writeFile(join(made, stampName), stamp)
    await rm(dist, { recursive: true, force: true })
    await rename(made, dist).catch((cause) => leaveToOther(cause, dist, stamp))
  } finally {
    await rm(made, { recursive: true, force: true })
  }
}

async function bundle(outDir: string): Promise<void> {
  // Only when it is needed: to load it takes longer than to see that it is not.
  const { build } = await import('vite')
  await build({
    root: folder,
    configFile: false,
    logLevel: 'warn',
    publicDir: false,
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
    build: {
      outDir,
      emptyOutDir: true,
      target: 'es2022',
      // Nothing in a data: URL, nothing inline: the policy of the page lets neither in.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
    },
  })
}

/** All that decides what comes out: the sources, this file, and the versions of what is bundled and bundles. */
async function fingerprint(): Promise<string> {
  const names = await readdir(join(folder, 'src'), { recursive: true, withFileTypes: true })
  const sources = names.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name))
  const hash = createHash('sha256')
  for (const file of [...sources, ...['index.html', 'build.ts', 'package.json'].map(inFolder)].toSorted())
    if (!/\.test\.tsx?$/.test(file))
      hash
        .update(`${file.slice(folder.length)}\0`)
        .update(await readFile(file))
        .update('\0')
  return hash.digest('hex')
}

function inFolder(name: string): string {
  return join(folder, name)
}

async function stampOf(built: string): Promise<string | null> {
  return readFile(join(built, stampName), 'utf8').catch(() => null)
}

/** Another build was quicker; when it was of the same sources, that is as good. */
async function leaveToOther(cause: unknown, dist: string, stamp: string): Promise<void> {
  if ((await stampOf(dist)) !== stamp) throw cause
}

await main()
