import type { FeeSchedule } from "./fees.ts";
import type { Market } from "./market.ts";
import type { Intent } from "./orders.ts";
import type { KnownPrints } from "./prob/outlook.ts";
import type { SlippageWanted } from "./slippage.ts";
import type { Money, Ms, Price, Prob, Qty, Side, Sigma, Usd } from "./units.ts";

/** Everything a strategy may look at for one market at one moment. Read-only; `nowMs` is the event's time. */
export interface MarketView {
  readonly market: Market;
  readonly nowMs: Ms;
  readonly tauS: number;
  /** Why no probability can be given or trusted (`spot_stale`, `strike_tbd`, …); null when all is well. */
  readonly problem: string | null;
  /** All that stands against a probability or its use, the first of them being `problem`. */
  readonly problems: readonly string[];
  readonly p: Prob | null;
  /** p at 0.85 and 1.15 sigma, in no particular order of size. */
  readonly pLow: Prob | null;
  readonly pHigh: Prob | null;
  readonly pMarket: Prob | null;
  readonly sigma: Sigma | null;
  readonly spotUsd: Usd | null;
  /** How long ago `spotUsd` was the price: state that is kept over time belongs to that moment, not to `nowMs`. */
  readonly spotAgeMs: Ms | null;
  /** Expected log difference index − spot, and the relative s.d. of what remains after it. */
  readonly basisMean: number;
  readonly basisSd: number;
  /** Seconds to the last print of the settlement average, which need not be the close; what a probability is formed with. */
  readonly lastPrintS: number;
  /** Prints of the averaging minute that are known; null before it. */
  readonly known: KnownPrints | null;
  readonly yesBid: Price | null;
  readonly yesAsk: Price | null;
  readonly yesBidQty: Qty;
  readonly yesAskQty: Qty;
  /** Steps of the market's grid between bid and ask; null when one side is missing. */
  readonly spreadTicks: number | null;
  /** Signed contracts held here, + is YES. */
  readonly position: Qty;
  /** What a fill now costs; null while the exchange's terms are not known, with a `problem` that says so. */
  readonly fees: FeeSchedule | null;
  /** Dollars per contract that a fill may be worse than the ask (slippage.ts). */
  slippage(wanted: SlippageWanted): number;
}

/** What one strategy thinks of one market now. `side`, `cost` and `ev` describe the better side also when it declines. */
export interface Verdict {
  readonly decision: "trade" | "no_trade";
  /** Stable code of the gate that decided; `edge` for a trade. */
  readonly reason: string;
  /** Every gate that is shut, in the order in which they are asked; empty for a trade, else the first is the reason. */
  readonly failed: readonly string[];
  readonly side: Side | null;
  /** All-in cost of one contract. */
  readonly cost: Money | null;
  /** Expected value per contract in dollars. */
  readonly ev: number | null;
  readonly intent: Intent | null;
}

/** What a strategy says of the side it judged, also when it declines. */
export type Judged = Pick<Verdict, "side" | "cost" | "ev">;

const NOTHING_JUDGED: Judged = { side: null, cost: null, ev: null };

/** Not now: `failed` are all gates that are shut, in the order in which they are asked. */
export function hold(
  failed: readonly [first: string, ...others: string[]],
  judged: Judged = NOTHING_JUDGED,
): Verdict {
  return { decision: "no_trade", reason: failed[0], failed, ...judged, intent: null };
}

/** This order, if the limits allow it. */
export function trade(intent: Intent, judged: Judged): Verdict {
  return { decision: "trade", reason: "edge", failed: [], ...judged, intent };
}

/** Synchronous, and a function of what it saw: it may keep private state but asks nobody for time, chance or data. */
export interface Strategy {
  readonly name: string;
  evaluate(view: MarketView): Verdict;
}
