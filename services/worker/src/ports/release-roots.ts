/** The folders that releases lie in, looked at without making or following anything. */
export interface ReleaseRoots {
  /**
   * What is wrong with a release root, in words: one of its folders is a link, so that what is deleted through it may be
   * somebody else's. Null when nothing is, also where there is nothing yet.
   * @throws SlipwayError RELEASE_STORE_FAILED
   */
  fault(root: string): Promise<string | null>
  /** True when slipway never put anything there. */
  isUnused(root: string): Promise<boolean>
}
