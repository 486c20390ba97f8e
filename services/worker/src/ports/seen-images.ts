/**
 * When a prune first saw which image, by its id, in milliseconds since 1970: an engine does not tell it of one that was
 * pulled by its digest alone.
 */
export interface SeenImages {
  /** Nothing where it cannot be read: then all are new. */
  read(): Promise<ReadonlyMap<string, number>>
  /** @throws SlipwayError RELEASE_STORE_FAILED, DISK_FULL */
  save(seen: ReadonlyMap<string, number>): Promise<void>
}
