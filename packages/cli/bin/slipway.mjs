#!/usr/bin/env node
// The command for whatever Node happens to be on PATH. The launcher of the repository brings the one that slipway needs
// and runs the command on it; it is no part of any package, so it is reached by its place and not by an import.
const launcher = new URL('../../../scripts/run.mjs', import.meta.url)
process.argv.splice(2, 0, 'packages/cli/src/main.ts')
await import(launcher.href)
