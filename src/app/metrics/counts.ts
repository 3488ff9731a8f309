const VALUES_MAX = 60;
const LENGTH_MAX = 60;

/**
 * Counts by one or a few label values. Values may come from outside: each is short, and when there are many different ones
 * the rest is counted together, so that nobody can fill the memory of whoever scrapes.
 */
export class Counts {
  readonly #sums = new Map<string, { readonly values: readonly string[]; sum: number }>();

  /** `known` sets of values are there from the beginning, at 0: who computes rates sees the first one too. */
  constructor(known: readonly (readonly string[])[] = []) {
    for (const values of known) this.#sums.set(values.join("\n"), { values, sum: 0 });
  }

  add(...values: readonly string[]): void {
    const short = values.map((value) => value.slice(0, LENGTH_MAX));
    const key = short.join("\n");
    const isNew = !this.#sums.has(key) && this.#sums.size >= VALUES_MAX;
    const kept = isNew ? values.map(() => "other") : short;
    const keptKey = isNew ? kept.join("\n") : key;
    const found = this.#sums.get(keptKey);
    if (found === undefined) this.#sums.set(keptKey, { values: kept, sum: 1 });
    else found.sum++;
  }

  entries(): Iterable<{ readonly values: readonly string[]; readonly sum: number }> {
    return this.#sums.values();
  }
}
