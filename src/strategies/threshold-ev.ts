import { takerEdge } from "../core/edge.ts";
import type { FeeSchedule } from "../core/fees.ts";
import type { Intent } from "../core/orders.ts";
import type { MarketView, Strategy, Verdict } from "../core/strategy.ts";
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
import type { ThresholdEvParams } from "./threshold-ev.params.ts";

// Seed 1's threshold trader: buys the side whose model probability beats its all-in cost by EV_MIN, as a taker, inside
// its entry window, when the spread is sane and the edge does not hang on the volatility guess.

interface Candidate {
  readonly side: Side;
  readonly ask: Price;
  readonly depth: Qty;
  readonly p: Prob;
  readonly cost: number;
  readonly ev: number;
  /** Dollars per contract that are taken off `ev` for a worse fill. */
  readonly slippage: number;
}

const NAME = "threshold-ev";

export function createThresholdEv(params: ThresholdEvParams): Strategy {
  return {
    name: NAME,
    evaluate: (view) => evaluate(view, params),
  };
}

function evaluate(view: MarketView, params: ThresholdEvParams): Verdict {
  if (view.problem !== null) return decline(view.problem, null);
  const best = bestCandidate(view, params);
  const gate = firstClosedGate(view, params, best);
  if (gate !== null || best === null) return decline(gate ?? "one_sided", best);
  const intent = sized(view, params, best);
  if (intent === null) return decline("depth", best);
  return { decision: "trade", reason: "edge", ...described(best), intent };
}

function firstClosedGate(
  view: MarketView,
  params: ThresholdEvParams,
  best: Candidate | null,
): string | null {
  if (view.tauS > params.tau_max_minutes * 60) return "tau_above_max";
  if (view.tauS <= params.no_new_entries_last_seconds) return "closing_soon";
  if (best === null || view.spreadTicks === null) return "one_sided";
  if (view.spreadTicks > params.spread_max_ticks) return "spread_wide";
  if (best.ev < params.ev_min) return "ev_below_min";
  return survivesSigma(view, best) ? null : "vol_guess";
}

/** The better of buying YES and buying NO at their asks. */
function bestCandidate(view: MarketView, params: ThresholdEvParams): Candidate | null {
  const { fees, p, yesAsk, yesBid } = view;
  if (p === null || fees === null) return null;
  const priced = { view, params, p, fees };
  const yes = yesAsk === null ? null : candidate("yes", yesAsk, priced);
  const no = yesBid === null ? null : candidate("no", complement(yesBid), priced);
  if (yes === null || no === null) return yes ?? no;
  return yes.ev >= no.ev ? yes : no;
}

interface Priced {
  readonly view: MarketView;
  readonly params: ThresholdEvParams;
  readonly p: Prob;
  readonly fees: FeeSchedule;
}

function candidate(side: Side, ask: Price, { fees, p: pYes, params, view }: Priced): Candidate {
  const configured = params.slippage_cents / 100;
  const slippage = view.slippage({ strategy: NAME, configured, ask });
  const contracts = qty(params.contracts * 100);
  const edge = takerEdge({ p: pYes, side, ask, qty: contracts, schedule: fees, slippage });
  return {
    side,
    ask,
    depth: side === "yes" ? view.yesAskQty : view.yesBidQty,
    p: side === "yes" ? pYes : 1 - pYes,
    cost: edge.cost,
    ev: edge.ev,
    slippage,
  };
}

/** The edge keeps its sign when sigma is 15 % lower or higher. */
function survivesSigma(view: MarketView, best: Candidate): boolean {
  for (const pYes of [view.pLow, view.pHigh]) {
    if (pYes === null) return false;
    const p = best.side === "yes" ? pYes : 1 - pYes;
    if (best.ev + (p - best.p) + best.slippage <= 0) return false;
  }
  return true;
}

/** Fixed size, cut to half of the displayed depth in whole contracts; null rather than rounding nothing up to one. */
function sized(view: MarketView, params: ThresholdEvParams, best: Candidate): Intent | null {
  const wanted = Math.min(
    params.contracts,
    Math.floor((best.depth / 100) * params.max_depth_share),
  );
  if (wanted < 1) return null;
  return {
    strategy: NAME,
    ticker: view.market.ticker,
    side: best.side,
    action: "buy",
    price: limitPrice(view, best, params),
    qty: qty(wanted * 100),
    timeInForce: "ioc",
  };
}

/** One cent above the ask at most, and never beyond the price at which EV_MIN is gone (F116). */
function limitPrice(view: MarketView, best: Candidate, params: ThresholdEvParams): Price {
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

function described(best: Candidate): Pick<Verdict, "side" | "cost" | "ev"> {
  return { side: best.side, cost: money(Math.round(best.cost)), ev: best.ev };
}

function decline(reason: string, best: Candidate | null): Verdict {
  const about = best === null ? { side: null, cost: null, ev: null } : described(best);
  return { decision: "no_trade", reason, ...about, intent: null };
}
