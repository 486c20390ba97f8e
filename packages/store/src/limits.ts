/** How much of the past stays in Redis. */
export const limits = {
  ledgerEntries: 50_000,
  deploymentsPerProject: 500,
  logLines: 2_000,
  /** Of an ended deployment and its log. */
  endedSeconds: 90 * 86_400,
  /** Of the answer to a request to look at a live release. */
  answerSeconds: 3_600,
  /** Jobs of a host's maintenance that have ended. */
  maintenanceJobs: 100,
} as const
