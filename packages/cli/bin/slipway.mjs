#!/usr/bin/env node
// The command for whatever Node happens to be on PATH: run.mjs brings the one that slipway needs.
process.argv.splice(2, 0, 'packages/cli/src/main.ts')
await import('../../../scripts/run.mjs')
