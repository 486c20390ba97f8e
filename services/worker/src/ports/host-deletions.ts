/** What came of deleting one thing. */
export type Deletion =
  | { readonly kind: 'deleted' }
  /** Somebody else was quicker. */
  | { readonly kind: 'gone' }
  /** The engine needs it, or it is not any more what it was when this was decided; why, in words. */
  | { readonly kind: 'needed'; readonly why: string }

/** An image, as it was when its deletion was decided. */
export interface NamedImage {
  readonly id: string
  /** To be taken away, in this order; its id for one without a name. */
  readonly names: readonly string[]
  /** All that it had. */
  readonly known: readonly string[]
}

/**
 * Takes single things off the engine of this host, never by force. What is not there and what is in use are no errors.
 * @throws SlipwayError ENGINE_UNAVAILABLE (retryable), ENGINE_FAILED by all of them
 */
export interface HostDeletions {
  /** Takes names of an image away, one by one, and the image with its last one. One that has got a name since is needed. */
  image(image: NamedImage, signal: AbortSignal): Promise<Deletion>
  /** One that runs by now is needed. Its unnamed volumes stay. */
  container(id: string, signal: AbortSignal): Promise<Deletion>
  network(id: string, signal: AbortSignal): Promise<Deletion>
  volume(name: string, signal: AbortSignal): Promise<Deletion>
  /** Entries of the build cache; one that others build on goes only with those. By their ids, in the order given. */
  buildCache(ids: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, Deletion>>
}
