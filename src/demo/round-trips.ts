/** How long each publish took until it was acknowledged, which is: until it was on disk. */
export interface RoundTrip {
  /** ms since 1970 that it was published at */
  readonly at: number;
  readonly ms: number;
}

/** That are kept. */
const KEPT = 300;

export class RoundTrips {
  readonly last: RoundTrip[] = [];
  serial = 0;

  add(at: number, ms: number): void {
    this.last.push({ at, ms });
    if (this.last.length > KEPT) this.last.shift();
    this.serial++;
  }
}
