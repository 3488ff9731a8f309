import type { EnsembleParams } from "../ensemble.params.ts";
import type { Candidate } from "../entry.ts";

/** Shut gates of the price (F100): a dear NO, and prices at which fees or a single loss eat any edge. */
export function priceGates({ ask, side }: Candidate, params: EnsembleParams): string[] {
  const cents = ask / 100;
  const shut: string[] = [];
  if (side === "no" && cents > params.no_max_cents) shut.push("no_above_max");
  if (cents < params.price_min_cents || cents > params.price_max_cents) shut.push("price_zone");
  return shut;
}
