// Writes the pages of docs/ that are made from the program itself; with --check it only says which are out of date.
import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { makePages, type Page } from './docs/pages.ts'

const folder = new URL('../docs/', import.meta.url)

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } })
const example = await readFile(new URL('slipway.example.yaml', folder), 'utf8')
for (const page of makePages(example)) await (values.check ? check(page) : write(page))

async function write({ name, text }: Page): Promise<void> {
  await writeFile(new URL(name, folder), text)
  process.stdout.write(`written  ${fileURLToPath(new URL(name, folder))}\n`)
}

async function check({ name, text }: Page): Promise<void> {
  const found = await readFile(new URL(name, folder), 'utf8').catch(() => null)
  if (found === text) return
  process.stderr.write(`docs/${name} is out of date: run \`npm run docs\`\n`)
  process.exitCode = 1
}
