import type { AssetState } from "../../../src/core/asset-state.ts";
import { takerEdge } from "../../../src/core/edge.ts";
import type { Candle, SpotTick } from "../../../src/core/events.ts";
import { type FeeSchedule, QUADRATIC_FEES } from "../../../src/core/fees.ts";
import { LagFloor } from "../../../src/core/lag.ts";
import { type Market, ticksBetween } from "../../../src/core/market.ts";
import { type Priced, Pricer } from "../../../src/core/pricer.ts";
import type { MarketLaw } from "../../../src/core/prob/outlook.ts";
import { latencySlippage } from "../../../src/core/slippage.ts";
import { complement, type Price, price, qty, type Side } from "../../../src/core/units.ts";
import { BENCH_CONFIG } from "../path-world.ts";
import { EVALUATION, type PackWriter } from "./packs.ts";

// The product's mathematics (volatility, basis, probability, fees) with nothing around it: no views, no effects, no
// strategies. It must come to the same rows, so the numbers themselves are not computed another way.

const LEVELS = 10_001;
const SPOT_EVALUATION_MS = 100;
const TEN = qty(1000);
/** What a fill may be worse by, as configured; nothing fills here, so that none is ever measured. */
const SLIPPAGE = 0.005;
const LATENCY_MS = BENCH_CONFIG.sim.latency_ms;
const SPREAD_MAX = 6;
const TAU_MAX_S = 3600;
const CLOSING_S = 120;

const REASONS = [
  "ev_below_min",
  "one_sided",
  "spread_wide",
  "tau_above_max",
  "closing_soon",
] as const;
type Reason = (typeof REASONS)[number] | "no_book" | "book_crossed" | "no_spot";

const NO_CHANCES = { p: null, low: null, high: null } as const;

/** One market: dense bids of both sides and what was last written down. */
export class LimitMarket {
  readonly facts: Market;
  readonly place: number;
  readonly yes = new Float64Array(LEVELS);
  readonly no = new Float64Array(LEVELS);
  bestYes = 0;
  bestNo = 0;
  seenYes = -1;
  seenNo = -1;
  lastSecond = -1;
  lastReason: Reason | "" = "";
  lastSide: Side | null = null;
  lastYes = -1;
  lastNo = -1;
  hasBook = false;

  constructor(facts: Market, place: number) {
    this.facts = facts;
    this.place = place;
  }

  clear(): void {
    this.yes.fill(0);
    this.no.fill(0);
    this.bestYes = this.bestNo = 0;
    this.hasBook = true;
  }

  /** True when the touch is another one now, and no crossed moment. */
  add(isYes: boolean, level: number, delta: number): boolean {
    const side = isYes ? this.yes : this.no;
    const size = (side[level] ?? 0) + delta;
    side[level] = size;
    let top = isYes ? this.bestYes : this.bestNo;
    if (size > 0) {
      if (level > top) top = level;
    } else if (level === top) {
      top--;
      while (top > 0 && side[top] === 0) top--;
    }
    if (isYes) this.bestYes = top;
    else this.bestNo = top;
    return this.touchChanged();
  }

  get isCrossed(): boolean {
    return this.bestYes > 0 && this.bestNo > 0 && this.bestYes + this.bestNo >= LEVELS - 1;
  }

  touchChanged(): boolean {
    const { bestYes, bestNo } = this;
    if (this.isCrossed || (bestYes === this.seenYes && bestNo === this.seenNo)) return false;
    this.seenYes = bestYes;
    this.seenNo = bestNo;
    return true;
  }
}

interface Best {
  readonly side: Side;
  readonly cost: number;
  readonly ev: number;
}

/** What an evaluation came to. */
interface Seen {
  readonly nowMs: number;
  readonly tauS: number;
  readonly priced: Priced;
  readonly best: Best | null;
  readonly reason: Reason;
}

export class LimitModel {
  readonly markets: readonly LimitMarket[];
  readonly #asset: AssetState;
  readonly #fees: FeeSchedule = QUADRATIC_FEES;
  readonly #law: MarketLaw;
  /** The bench never lets spot grow old. */
  readonly #pricer = new Pricer(Number.POSITIVE_INFINITY);
  readonly #packs: PackWriter;
  readonly #startMs: number;
  readonly #spotLag = new LagFloor();
  readonly #bookLag = new LagFloor();
  #bookFeedMs = 0;
  #bookLateMs = 0;

  constructor(parts: {
    readonly markets: readonly LimitMarket[];
    readonly asset: AssetState;
    readonly law: { readonly shape: "normal" | "student"; readonly nu: number };
    readonly packs: PackWriter;
    readonly startMs: number;
  }) {
    this.markets = parts.markets;
    this.#asset = parts.asset;
    this.#law = parts.law;
    this.#packs = parts.packs;
    this.#startMs = parts.startMs;
  }

  candle(candle: Candle): void {
    this.#asset.onCandle(candle);
  }

  spot(tick: SpotTick): void {
    const asset = this.#asset;
    const lateMs = this.#spotLag.late(tick.exchangeMs, tick.recvMs);
    if (!asset.onSpot(tick, lateMs) || tick.recvMs - asset.evaluatedMs < SPOT_EVALUATION_MS) return;
    asset.evaluatedMs = tick.recvMs;
    for (const market of this.markets) this.evaluate(market, tick.recvMs);
  }

  /** A frame of the book feed came; only changes say when the exchange sent them. */
  heard(exchangeMs: number | null, nowMs: number): void {
    this.#bookFeedMs = nowMs;
    if (exchangeMs !== null) this.#bookLateMs = this.#bookLag.late(exchangeMs, nowMs);
  }

  second(nowMs: number): void {
    this.#asset.basis.onSecond(nowMs);
    for (const market of this.markets) this.evaluate(market, nowMs);
  }

  evaluate(market: LimitMarket, nowMs: number): void {
    const tauS = (market.facts.closeMs - nowMs) / 1000;
    const priced = this.#pricer.price(market.facts, this.#asset, nowMs, this.#law);
    const p = priced.chances?.p ?? null;
    const problem = problemOf(market, p);
    const best =
      problem === null
        ? this.#best(market, { p, tauS, knownCount: priced.known?.count ?? 0 })
        : null;
    const reason = problem ?? reasonOf(market, tauS, best);
    const side = best?.side ?? null;
    const second = Math.floor(nowMs / 1000);
    if (!isNews(market, { reason, side, second })) return;
    this.#write(market, { nowMs, tauS, priced, best, reason });
  }

  #write(market: LimitMarket, seen: Seen): void {
    const { nowMs, tauS, priced, best, reason } = seen;
    const chances = priced.chances ?? NO_CHANCES;
    const side = best?.side ?? null;
    const packs = this.#packs;
    packs.begin(EVALUATION);
    packs.put(REASONS.findIndex((known) => known === reason));
    packs.put(side === null ? null : side === "yes" ? 1 : 0);
    packs.put(market.place);
    packs.put(nowMs - this.#startMs);
    packs.put(Math.round(tauS * 1e3));
    packs.put(scaled(priced.spotUsd, 1e6));
    packs.put(scaled(chances.p, 1e9));
    packs.put(scaled(chances.low, 1e9));
    packs.put(scaled(chances.high, 1e9));
    packs.put(market.bestYes);
    packs.put(market.bestNo);
    packs.put(market.yes[market.bestYes] ?? 0);
    packs.put(market.no[market.bestNo] ?? 0);
    packs.put(best === null ? null : best.cost);
    packs.put(best === null ? null : Math.round(best.ev * 1e6));
    packs.put(Math.round(priced.basisMean * 1e9));
    packs.put(Math.round(priced.basisSd * 1e9));
    packs.put(priced.spotAgeMs);
    packs.put(nowMs - this.#bookFeedMs + this.#bookLateMs);
    packs.put(scaled(priced.sigma, 1e12));
  }

  /** The better of both sides, as the strategy of `kbt paper` sees it. */
  #best(
    { bestYes, bestNo }: LimitMarket,
    at: { readonly p: number | null; readonly tauS: number; readonly knownCount: number },
  ): Best | null {
    const { knownCount, p, tauS } = at;
    if (p === null) return null;
    const latency = latencySlippage({ p, tauS, knownCount, latencyMs: LATENCY_MS });
    const slippage = Math.max(SLIPPAGE, latency);
    const yes =
      bestNo === 0 ? null : this.#edge("yes", { ask: complement(price(bestNo)), p, slippage });
    const no =
      bestYes === 0 ? null : this.#edge("no", { ask: complement(price(bestYes)), p, slippage });
    if (yes === null || no === null) return yes ?? no;
    return yes.ev >= no.ev ? yes : no;
  }

  #edge(
    side: Side,
    offer: { readonly ask: Price; readonly p: number; readonly slippage: number },
  ): Best {
    const { ask, p, slippage } = offer;
    const edge = takerEdge({ ask, p, slippage, side, qty: TEN, schedule: this.#fees });
    return { side, cost: Math.round(edge.cost), ev: edge.ev };
  }
}

function problemOf(market: LimitMarket, p: number | null): Reason | null {
  if (!market.hasBook) return "no_book";
  if (market.isCrossed) return "book_crossed";
  return p === null ? "no_spot" : null;
}

function reasonOf(
  { bestYes, bestNo, facts }: LimitMarket,
  tauS: number,
  best: Best | null,
): Reason {
  if (tauS > TAU_MAX_S) return "tau_above_max";
  if (tauS <= CLOSING_S) return "closing_soon";
  if (best === null || bestYes === 0 || bestNo === 0) return "one_sided";
  const spread = ticksBetween(facts.ranges, price(bestYes), complement(price(bestNo)));
  return spread > SPREAD_MAX ? "spread_wide" : "ev_below_min";
}

function isNews(
  market: LimitMarket,
  now: { readonly reason: Reason; readonly side: Side | null; readonly second: number },
): boolean {
  const { bestYes, bestNo } = market;
  const isSame =
    market.lastSecond === now.second &&
    market.lastReason === now.reason &&
    market.lastSide === now.side &&
    market.lastYes === bestYes &&
    market.lastNo === bestNo;
  if (isSame) return false;
  market.lastSecond = now.second;
  market.lastReason = now.reason;
  market.lastSide = now.side;
  market.lastYes = bestYes;
  market.lastNo = bestNo;
  return true;
}

function scaled(value: number | null, scale: number): number | null {
  return value === null ? null : Math.round(value * scale);
}
