import { takerEdge } from "../core/edge.ts";
import type { FeeSchedule } from "../core/fees.ts";
import type { Intent } from "../core/orders.ts";
import {
  hold,
  type Judged,
  type MarketView,
  type Strategy,
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
  const best = view.problem === null ? bestCandidate(view, params) : null;
  const intent = best === null ? null : sized(view, params, best);
  const failed = [...view.problems, ...shutGates(view, params, best)];
  if (view.problem === null && best !== null && intent === null) failed.push("depth");
  const [reason, ...others] = failed;
  const judged = best === null ? undefined : described(best);
  if (reason !== undefined) return hold([reason, ...others], judged);
  if (best === null || intent === null) return hold(["one_sided"], judged);
  return trade(intent, described(best));
}

/** Every gate that is shut, also behind another: `kbt why` counts what each of them holds back alone. */
function shutGates(view: MarketView, params: ThresholdEvParams, best: Candidate | null): string[] {
  const shut: string[] = [];
  if (view.tauS > params.tau_max_minutes * 60) shut.push("tau_above_max");
  if (view.tauS <= params.no_new_entries_last_seconds) shut.push("closing_soon");
  // Without a probability or a usable book there is nothing to ask the others about.
  if (view.problem !== null) return shut;
  if (best === null || view.spreadTicks === null) shut.push("one_sided");
  else if (view.spreadTicks > params.spread_max_ticks) shut.push("spread_wide");
  if (best === null) return shut;
  if (best.ev < params.ev_min) shut.push("ev_below_min");
  if (!survivesSigma(view, best)) shut.push("vol_guess");
  return shut;
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

function described(best: Candidate): Judged {
  return { side: best.side, cost: money(Math.round(best.cost)), ev: best.ev };
}
