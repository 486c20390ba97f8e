#!/usr/bin/env node
import { plainText } from './plain-text.ts'
import { runSlipway } from './run-slipway.ts'

// Whoever reads along may stop doing so, as `head` does.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', () => process.exit())
}

process.exitCode = await runSlipway(process.argv.slice(2), {
  environment: process.env,
  clock: Date,
  out: (line) => void process.stdout.write(`${plainText(line)}\n`),
  say: (line) => void process.stderr.write(`${plainText(line)}\n`),
})
