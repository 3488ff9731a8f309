import { takerEdge } from "../core/edge.ts";
import { takerFee } from "../core/fees.ts";
import { isOnGrid, type Market, tickAt } from "../core/market.ts";
import { NEVER_PAY } from "../core/risk/limits.ts";
import type { MarketView } from "../core/strategy.ts";
import {
  complement,
  costOf,
  type Money,
  PRICE_ONE,
  type Price,
  price,
  qty,
  type Usd,
} from "../core/units.ts";
import type { FarthestBandParams } from "./farthest-band.params.ts";

// The strikes of one event in one direction from spot, and which of them farthest-band would buy. Pure, so that preview
// shows what a run does.

const CONTRACT = 100;
/** One grid step above the ask: who waits for exactly the ask often comes too late. */
const AGGRESSION_TICKS = 1;

/** One market as a candidate. */
export interface Rung {
  readonly view: MarketView;
  /** The edge of its range that spot would have to reach. */
  readonly strikeUsd: Usd | null;
  readonly ask: Price | null;
  readonly limit: Price | null;
  /** Contracts of one order, whole. */
  readonly contracts: number;
  /** One contract with its fee; null without an ask or fees. */
  readonly cost: Money | null;
  /** Expected value per contract in dollars; null without a probability. */
  readonly ev: number | null;
  /** Why it is not bought: the first thing that keeps it out; null for the one that is chosen. */
  readonly why: string | null;
}

/** Strikes that were stopped out of need a farther one. */
export interface Beyond {
  readonly strikeUsd: Usd;
}

/** Every market of the event; the chosen one has no `why`, and there is at most one. */
export function rungsOf(
  event: readonly MarketView[],
  params: FarthestBandParams,
  beyond: Beyond | null = null,
): readonly Rung[] {
  const isLower = directionOf(params) === "lower";
  const rungs = event.map((view) => rungOf(view, params, isLower));
  const inDirection = rungs
    .filter(({ strikeUsd }) => strikeUsd !== null)
    .toSorted((a, b) => distance(a) - distance(b));
  const skipped = new Set(inDirection.slice(0, params.skip_nearest));
  const judged = rungs.map((rung) => ({
    ...rung,
    why: whyNot(rung, { skipped, beyond, params }),
  }));
  const chosen = judged
    .filter(({ why }) => why === null)
    .toSorted((a, b) => distance(b) - distance(a))[0];
  return judged.map((rung) =>
    rung === chosen || rung.why !== null ? rung : { ...rung, why: "not_farthest" },
  );
}

/** Farther from spot in the direction of the strategy. */
export function isBeyond(
  strikeUsd: Usd,
  beyond: Beyond | null,
  params: FarthestBandParams,
): boolean {
  if (beyond === null) return true;
  const fartherUsd = strikeUsd - beyond.strikeUsd;
  return directionOf(params) === "lower" ? fartherUsd < 0 : fartherUsd > 0;
}

export function directionOf({ direction, side }: FarthestBandParams): "lower" | "higher" {
  if (direction !== "auto") return direction;
  return side === "yes" ? "lower" : "higher";
}

function distance({ strikeUsd, view }: Rung): number {
  return Math.abs((strikeUsd ?? 0) - (view.spotUsd ?? 0));
}

function rungOf(view: MarketView, params: FarthestBandParams, isLower: boolean): Rung {
  const strikeUsd = strikeOf(view, isLower);
  const quoted = params.side === "yes" ? view.yesAsk : view.yesBid;
  const ask = quoted === null || view.bookProblem !== null ? null : askOf(quoted, params);
  const { fees } = view;
  const none = { view, strikeUsd, ask, limit: null, contracts: 0, cost: null, ev: null, why: null };
  if (ask === null || fees === null) return none;
  const limit = limitOf(view.market, ask);
  const depth = params.side === "yes" ? view.yesAskQty : view.yesBidQty;
  const byDepth = Math.floor((depth / CONTRACT) * params.max_depth_share);
  const contracts = Math.min(byDepth, affordable(limit, params, view));
  const size = qty(Math.max(1, contracts) * CONTRACT);
  const p = view.problem === null ? view.p : null;
  const edge = takerEdge({
    p: p ?? 0,
    side: params.side,
    ask,
    qty: size,
    schedule: fees,
    slippage: 0,
  });
  return { ...none, limit, contracts, cost: edge.cost, ev: p === null ? null : edge.ev };
}

function askOf(quoted: Price, { side }: FarthestBandParams): Price {
  return side === "yes" ? quoted : complement(quoted);
}

/** Contracts whose cost at the limit, fee included, stays within the entry's budget. */
function affordable(
  limit: Price,
  { max_cost_cents }: FarthestBandParams,
  { fees }: MarketView,
): number {
  const budget = max_cost_cents * 10_000;
  let contracts = Math.floor(budget / (limit * CONTRACT));
  if (fees === null) return 0;
  while (contracts > 0) {
    const size = qty(contracts * CONTRACT);
    if (costOf(limit, size) + takerFee(limit, size, fees) <= budget) return contracts;
    contracts--;
  }
  return contracts;
}

function limitOf({ ranges }: Market, ask: Price): Price {
  const above = ask + AGGRESSION_TICKS * tickAt(ranges, ask);
  const isOrderable = above < NEVER_PAY && isOnGrid(ranges, price(Math.min(above, PRICE_ONE)));
  return isOrderable ? price(above) : ask;
}

/** Where spot would have to go for the market to turn, when that lies in the direction; null when it does not. */
function strikeOf({ market, spotUsd }: MarketView, isLower: boolean): Usd | null {
  const { capUsd, floorUsd } = market;
  if (spotUsd === null) return null;
  const edge = isLower ? (capUsd ?? floorUsd) : (floorUsd ?? capUsd);
  if (edge === null) return null;
  return (isLower ? edge < spotUsd : edge > spotUsd) ? edge : null;
}

interface Ladder {
  readonly skipped: ReadonlySet<Rung>;
  readonly params: FarthestBandParams;
  readonly beyond: Beyond | null;
}

function whyNot(rung: Rung, { beyond, params, skipped }: Ladder): string | null {
  const { ask, contracts, ev, limit, strikeUsd } = rung;
  if (strikeUsd === null) return "wrong_direction";
  if (skipped.has(rung)) return "too_near";
  if (ask === null || limit === null) return "one_sided";
  const outside = outsideBand(ask, params);
  if (outside !== null) return outside;
  if (!isBeyond(strikeUsd, beyond, params)) return "not_beyond_stop";
  if (!isWorthIt(ev, params)) return "ev_below_min";
  if (contracts > 0) return null;
  return affordable(limit, params, rung.view) < 1 ? "stake_below_one" : "depth";
}

function outsideBand(ask: Price, params: FarthestBandParams): string | null {
  if (ask < params.ask_min_cents * 100) return "ask_below_band";
  return ask > params.ask_max_cents * 100 || ask >= NEVER_PAY ? "ask_above_band" : null;
}

/** Unasked, an expected value is shown and not required. */
function isWorthIt(ev: number | null, { ev_min }: FarthestBandParams): boolean {
  return ev_min <= -1 || (ev !== null && ev >= ev_min);
}
