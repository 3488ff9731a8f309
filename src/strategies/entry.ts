import { takerEdge } from "../core/edge.ts";
import { type Intent, IOC } from "../core/orders.ts";
import {
  hold,
  type Judged,
  type MarketView,
  NOTHING_JUDGED,
  trade,
  type Verdict,
} from "../core/strategy.ts";
import {
  complement,
  money,
  type Price,
  type Prob,
  price,
  type Qty,
  qty,
  type Side,
} from "../core/units.ts";
import type { EntryParams } from "./entry.params.ts";

// What strategies that buy at the ask have in common: what a side costs and is worth, the gates around it, the order.

/** P(YES) as a strategy believes it, and what would become of it with volatility at the ends of its band. */
export interface Opinion {
  readonly p: Prob;
  readonly atLowSigma: Prob | null;
  readonly atHighSigma: Prob | null;
}

/** One strategy before one market. */
export interface Entry {
  readonly strategy: string;
  readonly view: MarketView;
  readonly params: EntryParams;
  readonly opinion: Opinion;
  /** Number at which the cost of one contract is taken: fees round less on many. */
  readonly contracts: number;
}

/** One side at its ask. */
export interface Candidate {
  readonly side: Side;
  readonly ask: Price;
  readonly depth: Qty;
  readonly p: Prob;
  readonly cost: number;
  readonly ev: number;
  /** Dollars per contract that are taken off `ev` for a worse fill. */
  readonly slippage: number;
  /** P(YES) behind it where that is not the model's. */
  readonly own: Prob | null;
}

/** Buying that side at its ask; null when nobody offers it or the fees are not known. */
export function candidate(side: Side, entry: Entry): Candidate | null {
  const { contracts, opinion, params, strategy, view } = entry;
  const { fees, yesAsk, yesBid } = view;
  const quoted = side === "yes" ? yesAsk : yesBid;
  if (quoted === null || fees === null) return null;
  const ask = side === "yes" ? quoted : complement(quoted);
  const slippage = view.slippage({ strategy, configured: params.slippage_cents / 100, ask });
  const size = qty(contracts * 100);
  const edge = takerEdge({ p: opinion.p, side, ask, qty: size, schedule: fees, slippage });
  return {
    side,
    ask,
    depth: side === "yes" ? view.yesAskQty : view.yesBidQty,
    p: side === "yes" ? opinion.p : 1 - opinion.p,
    cost: edge.cost,
    ev: edge.ev,
    slippage,
    own: ownOpinion(entry),
  };
}

/** What the strategy believes, where it does not believe the model. */
export function ownOpinion({ opinion, view }: Entry): Prob | null {
  return opinion.p === view.p ? null : opinion.p;
}

/** The better of buying YES and buying NO at their asks. */
export function bestCandidate(entry: Entry): Candidate | null {
  const yes = candidate("yes", entry);
  const no = candidate("no", entry);
  if (yes === null || no === null) return yes ?? no;
  return yes.ev >= no.ev ? yes : no;
}

/** Shut gates of the entry window. */
export function windowGates(view: MarketView, params: EntryParams): string[] {
  const shut: string[] = [];
  if (view.tauS > params.tau_max_minutes * 60) shut.push("tau_above_max");
  if (view.tauS <= params.no_new_entries_last_seconds) shut.push("closing_soon");
  return shut;
}

/** Shut gates of the book and of the edge on the side that was chosen. */
export function edgeGates({ opinion, params, view }: Entry, best: Candidate | null): string[] {
  const shut: string[] = [];
  if (best === null || view.spreadTicks === null) shut.push("one_sided");
  else if (view.spreadTicks > params.spread_max_ticks) shut.push("spread_wide");
  if (best === null) return shut;
  if (best.ev < params.ev_min) shut.push("ev_below_min");
  if (!survivesSigma(opinion, best)) shut.push("vol_guess");
  return shut;
}

/** The edge keeps its sign when sigma is 15 % lower or higher. */
function survivesSigma({ atHighSigma, atLowSigma }: Opinion, best: Candidate): boolean {
  for (const pYes of [atLowSigma, atHighSigma]) {
    if (pYes === null) return false;
    const p = best.side === "yes" ? pYes : 1 - pYes;
    if (best.ev + (p - best.p) + best.slippage <= 0) return false;
  }
  return true;
}

/** Fixed size, cut to a share of the displayed depth in whole contracts; 0 rather than rounding nothing up to one. */
export function cutToDepth(contracts: number, best: Candidate, params: EntryParams): number {
  return Math.min(contracts, Math.floor((best.depth / 100) * params.max_depth_share));
}

/** The order for so many contracts; null for none. */
export function buy(entry: Entry, best: Candidate, contracts: number): Intent | null {
  if (contracts < 1) return null;
  return {
    strategy: entry.strategy,
    ticker: entry.view.market.ticker,
    side: best.side,
    action: "buy",
    price: limitPrice(entry, best),
    qty: qty(contracts * 100),
    ...IOC,
  };
}

/** A few steps above the ask at most, and never beyond the price at which EV_MIN is gone (F116). */
export function limitPrice({ params, view }: Entry, best: Candidate): Price {
  const room = Math.floor((best.ev - params.ev_min) * 10_000);
  const limit =
    best.ask + Math.max(0, Math.min(params.aggression_ticks * tickOf(view, best.ask), room));
  return price(Math.min(gridFloor(view, limit, best.ask), 9_990));
}

function tickOf(view: MarketView, at: Price): number {
  for (const range of view.market.ranges)
    if (at >= range.start && at < range.end) return range.step;
  return 100;
}

/** The highest grid price not above `limit`; the ask itself is always on the grid. */
function gridFloor(view: MarketView, limit: number, ask: Price): number {
  let best: number = ask;
  for (const { start, end, step } of view.market.ranges) {
    if (limit < start) continue;
    const onGrid = start + Math.floor((Math.min(limit, end) - start) / step) * step;
    if (onGrid > best) best = onGrid;
  }
  return best;
}

/** The verdict on that side for the entry's fixed number of contracts; `failed` are the gates found shut before. */
export function concludeFixed(
  failed: readonly string[],
  entry: Entry,
  best: Candidate | null,
): Verdict {
  const shut = [...failed, ...edgeGates(entry, best)];
  if (best === null) return conclude(shut, null, null, ownOpinion(entry));
  const contracts = cutToDepth(entry.contracts, best, entry.params);
  if (contracts < 1) shut.push("depth");
  // Behind a shut gate, where nearly every evaluation ends, nobody asks for its price.
  return conclude(shut, best, shut.length === 0 ? buy(entry, best, contracts) : null);
}

/**
 * The order when no gate is shut, else all the gates; either way with the side that was judged. `own` is what a strategy
 * that does not go by the model believes of P(YES) where there is no side to judge.
 */
export function conclude(
  failed: readonly string[],
  best: Candidate | null,
  intent: Intent | null,
  own: Prob | null = null,
): Verdict {
  const [reason, ...others] = failed;
  const judged = best === null ? { ...NOTHING_JUDGED, p: own } : described(best);
  if (reason !== undefined) return hold([reason, ...others], judged);
  if (best === null || intent === null) return hold(["one_sided"], judged);
  return trade(intent, judged);
}

/** What the verdict says of a side. */
export function described(best: Candidate): Judged {
  return { side: best.side, cost: money(Math.round(best.cost)), ev: best.ev, p: best.own };
}
