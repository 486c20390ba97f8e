/** How much of the past stays in Redis. */
export const limits = {
  ledgerEntries: 50_000,
  deploymentsPerProject: 500,
  logLines: 2_000,
  /** Of an ended deployment and its log. */
  endedSeconds: 90 * 86_400,
} as const
