import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Command } from '../command.ts'
import { configPath } from '../config-path.ts'
import { exitCodeOfChild } from '../exit-code-of-child.ts'

// Packages import no service; ingest has a second entry for this, which is run as a program.
const entry = fileURLToPath(new URL('../../../../services/ingest/src/explain.ts', import.meta.url))

export const webhookExplain: Command = {
  name: 'webhook explain',
  summary: 'say what ingest would do with a call, without doing it',
  help: `usage: slipway webhook explain --hook NAME --headers FILE.json --body FILE [--query KEY=VALUE]...
                               [--now TIME] [--from ADDRESS] [--config FILE]

  --headers   a JSON object of header names and values
  --body      the bytes of the body, as they came
  --query     a parameter of the URL, such as token=...
  --now       the time of the call, such as 2026-11-18T02:11:45Z; default: now
  --from      the address of the caller; default: one that the hook hears`,

  async run(args, { environment }) {
    const isNamed = args.some((arg) => arg === '--config' || arg.startsWith('--config='))
    const config = isNamed ? [] : ['--config', configPath(undefined, environment)]
    return exitCodeOfChild(spawn(process.execPath, [entry, ...config, ...args], { stdio: 'inherit' }))
  },
}
