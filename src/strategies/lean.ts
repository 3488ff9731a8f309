import { isUpDown, type Market } from "../core/market.ts";
import { believable } from "../core/prob/believable.ts";
import type { MarketView, Verdict } from "../core/strategy.ts";
import type { Side } from "../core/units.ts";
import type { EntryParams } from "./entry.params.ts";
import { candidate, conclude, concludeFixed, type Entry, windowGates } from "./entry.ts";

// What strategies on 15-minute up/down markets have in common that see a direction where the model sees none: the model's
// probability is moved a little towards one side, and what then beats the ask after costs is bought.

const WINDOW_MS = 900_000;

/** True for the markets that ask whether the price is up after a quarter of an hour. */
export function isQuarterHour(market: Market): boolean {
  return isUpDown(market) && market.closeMs - market.openMs === WINDOW_MS;
}

/** What a strategy sees in one market. */
export interface Lean {
  /** Null where it sees nothing. */
  readonly side: Side | null;
  /** Added to the model's probability of that side. */
  readonly shift: number;
  /** Why that is not traded on; null when it is. */
  readonly why: string | null;
}

interface Leaning {
  readonly strategy: string;
  readonly view: MarketView;
  readonly params: EntryParams & { readonly contracts: number };
}

export function judgeLean(leaning: Leaning, { shift, side, why }: Lean): Verdict {
  const { params, view } = leaning;
  const isOurs = isQuarterHour(view.market);
  const failed = isOurs ? [...view.problems] : ["other_series", ...view.problems];
  failed.push(...windowGates(view, params));
  if (why !== null) failed.push(why);
  // Without a probability or a side there is nothing to ask the other gates about.
  const entry =
    isOurs && side !== null ? entryOf(leaning, side === "yes" ? shift : 0 - shift) : null;
  if (side === null || entry === null) return conclude(failed, null, null);
  return concludeFixed(failed, entry, candidate(side, entry));
}

/** The market with the model's probability of YES shifted; null without a probability. */
function entryOf({ params, strategy, view }: Leaning, shift: number): Entry | null {
  const { p, pHigh, pLow } = view;
  if (view.problem !== null || p === null) return null;
  const opinion = {
    p: believable(p + shift),
    atLowSigma: pLow === null ? null : believable(pLow + shift),
    atHighSigma: pHigh === null ? null : believable(pHigh + shift),
  };
  return { strategy, view, params, opinion, contracts: params.contracts };
}
