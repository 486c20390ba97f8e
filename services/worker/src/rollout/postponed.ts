/** A walk that may not go on yet, and goes on by itself: no failure, so it is no SlipwayError. */
export class Postponed extends Error {
  override readonly name = 'Postponed'
  /** Milliseconds since 1970. */
  readonly until: number

  /** `why` is one sentence for whoever looks at the deployment. */
  constructor(until: number, why: string) {
    super(why)
    this.until = until
  }
}
