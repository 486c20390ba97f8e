export type { CommandContext } from './command.ts'
export { exitCodes } from './exit-codes.ts'
export { runSlipway } from './run-slipway.ts'
