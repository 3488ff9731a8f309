import type { Candidate } from "./candidate.ts";
import type { FundingRate, Settlement } from "./events.ts";
import type { ExitTerms } from "./exits/exit.ts";
import type { FeeSchedule } from "./fees.ts";
import type { Market } from "./market.ts";
import { type Intent, IOC } from "./orders.ts";
import type { KnownPrints } from "./prob/outlook.ts";
import { ENTRY_REASON } from "./records.ts";
import type { SlippageWanted } from "./slippage.ts";
import type { Action, Money, Ms, Price, Prob, Qty, Side, Sigma, Usd } from "./units.ts";

/** What is held in one market, and since when by whom. */
export interface Holding {
  readonly side: Side;
  readonly qty: Qty;
  /** Mean price paid per contract in dollars, fees left out: what a stop is measured from. */
  readonly entry: number;
  /** Strategy that opened it. */
  readonly strategy: string;
  readonly openedMs: Ms;
}

/** A strategy's own order that waits in the book of one market. */
export interface RestingOrder {
  readonly orderId: string;
  readonly strategy: string;
  readonly side: Side;
  readonly price: Price;
  readonly placedMs: Ms;
}

/** Everything a strategy may look at for one market at one moment. Read-only; `nowMs` is the event's time. */
export interface MarketView {
  readonly market: Market;
  readonly nowMs: Ms;
  readonly tauS: number;
  /** Why no probability can be given or trusted (`spot_stale`, `strike_tbd`, …); null when all is well. */
  readonly problem: string | null;
  /** All that stands against a probability or its use, the first of them being `problem`. */
  readonly problems: readonly string[];
  /** The one of them that stands against the book, and so against any order; null while it can be traded on. */
  readonly bookProblem: string | null;
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
  readonly holding: Holding | null;
  readonly resting: RestingOrder | null;
  /** Strategy whose order here has not come to its end, be it on its way or waiting; null for none. */
  readonly ordering: string | null;
  /** What a fill now costs; null while the exchange's terms are not known, with a `problem` that says so. */
  readonly fees: FeeSchedule | null;
  /** Newest funding rate of the underlying's perpetual; null where nobody reports one. */
  readonly funding: FundingRate | null;
  /** Dollars per contract that a fill may be worse than the ask (slippage.ts). */
  slippage(wanted: SlippageWanted): number;
  /** Contracts resting as bids of a side on its best so many levels. */
  bidDepth(side: Side, levels: number): Qty;
  /**
   * Spot at the end of the newest `count` closed bars of so many minutes, oldest first: bars lie on multiples of their
   * length. Null unless all of them are known.
   */
  closes(minutes: number, count: number): readonly Usd[] | null;
  /** The open markets of the same event at this moment, this one among them, by rising strike. */
  event(): readonly MarketView[];
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
  /** P(YES) that the strategy believes in; null where that is the model's. */
  readonly p: Prob | null;
  readonly intent: Intent | null;
  /** Terms on which the holding is worked down to flat, for an intent that begins that; null for every other. */
  readonly exit: ExitTerms | null;
  /** The resting order that shall not rest any longer; null for none. */
  readonly cancel: string | null;
}

/** What a strategy says of the side it judged, also when it declines. */
export type Judged = Pick<Verdict, "side" | "cost" | "ev" | "p">;

export const NOTHING_JUDGED: Judged = { side: null, cost: null, ev: null, p: null };

/** Not now: `failed` are all gates that are shut, in the order in which they are asked. */
export function hold(
  failed: readonly [first: string, ...others: string[]],
  judged: Judged = NOTHING_JUDGED,
): Verdict {
  const decision = "no_trade";
  return { decision, reason: failed[0], failed, ...judged, intent: null, exit: null, cancel: null };
}

/** This order, if the limits allow it. */
export function trade(intent: Intent, judged: Judged): Verdict {
  const decision = "trade";
  const reason = ENTRY_REASON;
  return { decision, reason, failed: [], ...judged, intent, exit: null, cancel: null };
}

/** Sell what is held, all of it, in as many orders as that takes within the terms. */
export function leave(view: MarketView, terms: ExitTerms, judged: Judged): Verdict {
  const { holding, market } = view;
  if (holding === null) return hold(["not_held"], judged);
  const intent: Intent = {
    strategy: holding.strategy,
    ticker: market.ticker,
    side: holding.side,
    action: "sell",
    price: terms.floor,
    qty: holding.qty,
    ...IOC,
  };
  const { reason } = terms;
  return { decision: "trade", reason, failed: [], ...judged, intent, exit: terms, cancel: null };
}

/** Take the resting order out of the book, for that reason. */
export function withdraw(resting: RestingOrder, reason: string, judged: Judged): Verdict {
  return { ...hold([reason], judged), cancel: resting.orderId };
}

/** One fill of a strategy's own order, in this run or in an earlier one that it continues. */
export interface OwnFill {
  readonly market: Market;
  readonly side: Side;
  readonly action: Action;
  readonly price: Price;
  readonly qty: Qty;
  readonly atMs: Ms;
}

/** Synchronous, and a function of what it saw: it may keep private state but asks nobody for time, chance or data. */
export interface Strategy {
  readonly name: string;
  /**
   * Looks at each market once in so many milliseconds of event time: at the first event of each multiple of them at which the
   * book can be trusted. Left out, it looks whenever something happens.
   */
  readonly everyMs?: number;
  evaluate(view: MarketView): Verdict;
  /** Told of each of its own fills, also of those of earlier runs whose market is still open: state that outlives a run. */
  onFill?(fill: OwnFill): void;
  /** What it weighs against each other in an event, the likeliest to be bought first; for people, nothing is traded on it. */
  candidates?(event: readonly MarketView[]): readonly Candidate[];
  /** Told once of each market that settled for good, whoever traded in it. */
  onSettlement?(settlement: Settlement, market: Market): void;
}
