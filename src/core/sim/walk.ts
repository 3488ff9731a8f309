/** Asks as `[price, size]` from the cheapest up; any units, as long as limit and quantity use the same. */
export interface WalkInput {
  readonly asks: readonly (readonly [price: number, size: number])[];
  readonly qty: number;
  readonly limit: number;
  /** Share of the displayed size up to the limit that one order may take. */
  readonly participation: number;
  /** Share of each level that is gone by the time we arrive. */
  readonly haircut: number;
}

export interface WalkResult {
  readonly fills: readonly (readonly [price: number, size: number])[];
  readonly filled: number;
  /** Mean price paid; null when nothing filled. */
  readonly avg: number | null;
}

/** Lifts the integer product of an integer and a decimal share over float dust: 1000 × (1 − 0.3) must not be 699. */
const DUST = 1e-9;

/** What an immediate-or-cancel buy takes from the book it meets (models.md §5.2); the remainder is cancelled. A sale is a buy of the other side. */
export function walkBook({ asks, qty, limit, participation, haircut }: WalkInput): WalkResult {
  const within = asks.filter(([at]) => at <= limit);
  const displayed = within.reduce((sum, [, size]) => sum + size, 0);
  let left = Math.min(qty, Math.floor(participation * displayed + DUST));
  const fills: [number, number][] = [];
  let paid = 0;
  let filled = 0;
  for (const [at, size] of within) {
    const take = Math.min(left, Math.floor(size * (1 - haircut) + DUST));
    if (take <= 0) continue;
    fills.push([at, take]);
    paid += at * take;
    filled += take;
    left -= take;
  }
  return { fills, filled, avg: filled > 0 ? paid / filled : null };
}
