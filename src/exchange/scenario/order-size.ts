import type { Rng, SizeSpec } from "../random.ts";

/** Sizes of orders as the captures of May 2026 have them: a few programs' favourite sizes, and people's own. */
export interface OrderSizes {
  /** Contracts with the share of the orders that ask for exactly so many. */
  readonly favourites: readonly (readonly [contracts: number, share: number])[];
  readonly others: SizeSpec;
  /** Of the others: not a whole number of contracts. */
  readonly fractionalShare: number;
}

/** Draws a size in hundredths of a contract. */
export function drawSize(rng: Rng, sizes: OrderSizes): number {
  let left = rng.unit();
  for (const [contracts, share] of sizes.favourites) {
    left -= share;
    if (left < 0) return Math.round(contracts * 100);
  }
  const contracts = rng.size(sizes.others);
  const isFractional = rng.chance(sizes.fractionalShare);
  return isFractional ? Math.max(1, Math.round(contracts * 100)) : wholeCq(contracts);
}

/** Contracts rounded to whole ones, at least one, in hundredths. */
export function wholeCq(contracts: number): number {
  return Math.max(1, Math.round(contracts)) * 100;
}
