/** How much of the past stays in Redis. */
export const limits = {
  ledgerEntries: 50_000,
  deploymentsPerProject: 500,
  /** How many more there may be before the oldest of them go. */
  deploymentsTrimmed: 50,
  /** Of an ended deployment that is not among those; longer than any sender repeats a call that it made. */
  rememberedSeconds: 8 * 86_400,
  logLines: 2_000,
  /** Of an ended deployment and its log. */
  endedSeconds: 90 * 86_400,
  /** Of the answer to a request to look at a live release, or to run a job. */
  answerSeconds: 3_600,
  /** Of the tags that a poll has seen; longer than the longest interval that makes sense. */
  polledTagsSeconds: 90 * 86_400,
  /** Jobs of a host's maintenance that have ended. */
  maintenanceJobs: 100,
  /** Of a host. */
  prunes: 50,
  /** Things that a kept record of a prune names, of those that went, that stay and that could not be deleted each. */
  prunedItems: 100,
  /** Lines about refused calls; more by a few, since Redis cuts where that is cheap. */
  refusedCalls: 10_000,
  refusedCallsSeconds: 30 * 86_400,
} as const
