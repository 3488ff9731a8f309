import { requireBetween, requireFinite } from "../input-checks.ts";
import type { Prob } from "../units.ts";

// What a stop does and does not do (models.md §6).

/**
 * Return of an open position, (mark − entry)/entry. The mark is the best bid of the own side: a stop triggered by an ask
 * sells what nobody buys there. Throws `RangeError` unless the entry price is positive.
 */
export function unrealizedReturn({
  entry,
  mark,
}: {
  readonly entry: number;
  readonly mark: number;
}): number {
  requireFinite("mark", mark);
  requireBetween("entry", entry, { above: 0, below: Infinity });
  return (mark - entry) / entry;
}

export interface StopOdds {
  /** Chance that the fair value touches the stop before the settlement. */
  readonly hitProbability: Prob;
  /** Chance that a stopped position would have won: the stop's own price, so stopping earns nothing on average. */
  readonly winAfterStop: Prob;
}

/**
 * How often a stop is hit when the fair value is a martingale without jumps (optional stopping): (1 − e)/(1 − a). A stop
 * therefore costs half a spread and a fee that often and adds no expected value; it limits variance and model error.
 * Throws `RangeError` unless 0 < stopFair <= entryFair < 1.
 */
export function stopLossMartingale({
  entryFair,
  stopFair,
}: {
  readonly entryFair: Prob;
  readonly stopFair: Prob;
}): StopOdds {
  requireBetween("entryFair", entryFair, { above: 0, below: 1 });
  requireBetween("stopFair", stopFair, { above: 0, below: 1 });
  if (stopFair > entryFair) {
    throw new RangeError(`stopFair must not be above entryFair ${entryFair}, got ${stopFair}`);
  }
  return { hitProbability: (1 - entryFair) / (1 - stopFair), winAfterStop: stopFair };
}
