import type { MarketView } from "../../core/strategy.ts";

// A voter says which way spot will go until the close of a quarter of an hour, how sure it is, and what it saw (F104).
// It buys nothing: `vote-strategy.ts` trades on one of them, the ensemble on several that agree.

export type Direction = "up" | "down";

interface Signal {
  readonly voter: string;
  /** The numbers behind it, by name. */
  readonly features: Readonly<Record<string, number>>;
}

/** For one direction; `confidence` is above 0 and at most 1. */
export interface CastVote extends Signal {
  readonly direction: Direction;
  readonly confidence: number;
}

/** For neither, and why: the gate that a strategy names for it. */
export interface Abstention extends Signal {
  readonly direction: "none";
  readonly confidence: 0;
  readonly why: string;
}

export type Vote = CastVote | Abstention;

export interface Voter {
  readonly name: string;
  /** Shown every look, also those at which nobody asks: memory must not have the holes of whoever asks. */
  watch?(view: MarketView): void;
  vote(view: MarketView): Vote;
}

export function abstain(
  voter: string,
  why: string,
  features: Readonly<Record<string, number>> = {},
): Abstention {
  return { voter, direction: "none", confidence: 0, why, features };
}

/**
 * A vote with the sign of `size`. What just reaches its threshold is half sure, twice as much is sure; that is a scale for
 * weighing voters against each other and no probability.
 */
export function cast(
  voter: string,
  { size, threshold }: { readonly size: number; readonly threshold: number },
  features: Readonly<Record<string, number>>,
): CastVote {
  const confidence = Math.min(1, Math.abs(size) / (2 * threshold));
  return { voter, direction: size > 0 ? "up" : "down", confidence, features };
}
