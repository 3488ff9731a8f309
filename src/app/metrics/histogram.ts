/** Counts of values up to each bound; nothing is allocated while it is filled. */
export class Histogram {
  readonly bounds: readonly number[];
  /** One for each bound, and one for what is above the last. */
  readonly counts: Float64Array;
  sum = 0;

  /** `bounds` ascend. */
  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = new Float64Array(bounds.length + 1);
  }

  observe(value: number): void {
    const { bounds, counts } = this;
    let at = 0;
    while (at < bounds.length && value > (bounds[at] ?? Number.POSITIVE_INFINITY)) at++;
    counts[at] = (counts[at] ?? 0) + 1;
    this.sum += value;
  }
}
