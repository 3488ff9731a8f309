import type { Candidate, HitRate } from "../core/candidate.ts";
import type { Candle, SpotTick } from "../core/events.ts";
import { isoTime } from "../core/iso-time.ts";
import { type Market, ticksBetween } from "../core/market.ts";
import type { Opportunity, OrderRecord } from "../core/records.ts";
import { formatMoney, formatPrice, formatQty, type Money, type Ms, price } from "../core/units.ts";
import { type PreviewCandidate, previewCandidate } from "./preview-candidates.ts";
import { type EntryLimits, type OpenGate, openGates } from "./preview-gates.ts";
import { type PreviewSpot, spotLines } from "./preview-spot.ts";
import { strikeText } from "./strike-text.ts";

// What `preview` knows after a look, as its document has it: spot, the verdict of each strategy on each market, the orders
// that would be placed with every gate they came through, and the nearest of what was held back.

export interface PlannedFacts {
  readonly order: OrderRecord;
  /** Null while the fee is not known. */
  readonly worstCost: Money | null;
}

/** What one look saw, and what was made of it. */
export interface PreviewFacts {
  readonly environment: string;
  readonly nowMs: Ms;
  /** Names of those that were asked. */
  readonly strategies: readonly string[];
  readonly markets: readonly Market[];
  readonly spots: readonly SpotTick[];
  /** Oldest first. */
  readonly candles: readonly Candle[];
  readonly rows: readonly Opportunity[];
  readonly planned: readonly PlannedFacts[];
  /** What strategies weigh against each other in an event. */
  readonly candidates: readonly Candidate[];
  readonly warnings: readonly string[];
  /** How often what a strategy would buy in a series was worth it; null before anything settled. */
  hitRate(strategy: string, seriesTicker: string): HitRate | null;
  /** What a strategy holds an entry against; null for one that has no such settings. */
  limits(strategy: string): EntryLimits | null;
  readonly maxPosition: Money;
  /** Spot older than this decides nothing. */
  readonly staleMs: Ms;
  /** A close as the exchange's own clock face shows it: tickers are written in New York time. */
  newYorkTime(ms: Ms): string;
}

export interface PreviewMarket {
  readonly ticker: string;
  readonly event_ticker: string;
  readonly strategy: string;
  readonly strike: string;
  readonly close: string;
  readonly close_ms: Ms;
  readonly close_new_york: string;
  readonly seconds_to_close: number;
  readonly yes_bid: string | null;
  readonly yes_ask: string | null;
  /** Contracts at the touch: what a buyer of YES meets at the ask, and a buyer of NO at the bid. */
  readonly yes_bid_qty: string | null;
  readonly yes_ask_qty: string | null;
  /** Dollars, and steps of the market's grid. */
  readonly spread: string | null;
  readonly spread_ticks: number | null;
  readonly p_model: number | null;
  /** Interval on p_model, for what is not known of volatility and basis. */
  readonly p_low: number | null;
  readonly p_high: number | null;
  /** Version of the model that priced it. */
  readonly model: string | null;
  readonly p_market: number | null;
  readonly side: string | null;
  readonly cost: string | null;
  /** Dollars per contract. */
  readonly ev: string | null;
  readonly decision: string;
  readonly reason: string;
  /** Every gate that is shut, the reason first; empty for a trade. */
  readonly failed: readonly string[];
}

export interface PlannedOrder {
  readonly strategy: string;
  readonly ticker: string;
  readonly action: string;
  readonly side: string;
  readonly limit: string;
  readonly qty: string;
  /** Dollars for all of it at its limit, fee included. */
  readonly worst_cost: string | null;
  readonly ev: string | null;
  readonly gates: readonly OpenGate[];
}

/** Why there was no newer look. */
export interface PreviewTrouble {
  readonly since: string;
  readonly since_ms: Ms;
  readonly message: string;
}

export interface PreviewReport {
  readonly environment: string;
  readonly now: string;
  readonly now_ms: Ms;
  /** When the exchange was looked at: now, unless looks fail. */
  readonly looked: string;
  readonly looked_ms: Ms;
  readonly trouble: PreviewTrouble | null;
  readonly spot: readonly PreviewSpot[];
  readonly strategies: readonly string[];
  readonly markets: readonly PreviewMarket[];
  readonly planned_orders: readonly PlannedOrder[];
  /** Of each strategy the markets that came closest to a trade, best expected value first. */
  readonly nearest: readonly PreviewMarket[];
  readonly candidates: readonly PreviewCandidate[];
}

const NEAREST = 3;

/** The document at a time, which is later than the look only when there is trouble. */
export function previewData(
  facts: PreviewFacts,
  nowMs: Ms = facts.nowMs,
  trouble: PreviewTrouble | null = null,
): PreviewReport {
  const { environment, strategies } = facts;
  const byTicker = new Map(facts.markets.map((market) => [market.ticker, market]));
  const pairs = facts.rows.flatMap((row) => {
    const market = byTicker.get(row.ticker);
    return market === undefined ? [] : [{ row, market }];
  });
  const markets = pairs
    .toSorted((a, b) => inOrder(a.market, b.market))
    .map(({ row, market }) => previewMarket(row, market, { nowMs, facts }));
  return {
    environment,
    now: isoTime(nowMs),
    now_ms: nowMs,
    looked: isoTime(facts.nowMs),
    looked_ms: facts.nowMs,
    trouble,
    spot: spotLines(facts),
    strategies,
    markets,
    planned_orders: facts.planned.flatMap(({ order, worstCost }) => {
      const pair = pairs.find(({ row }) => row.opportunityId === order.opportunityId);
      return pair === undefined ? [] : [plannedOrder(order, { ...pair, worstCost, facts })];
    }),
    nearest: strategies.flatMap((strategy) => nearest(markets, strategy)),
    candidates: facts.candidates.map((candidate) => {
      const { market, strategy } = candidate;
      return previewCandidate(candidate, facts.hitRate(strategy, market.seriesTicker));
    }),
  };
}

/** By close, then event, then strike. */
function inOrder(a: Market, b: Market): number {
  return (
    a.closeMs - b.closeMs ||
    a.eventTicker.localeCompare(b.eventTicker) ||
    strikeOf(a) - strikeOf(b) ||
    a.ticker.localeCompare(b.ticker)
  );
}

/** The lowest tail of brackets has no floor and lies below the bracket that begins at its cap. */
function strikeOf({ capUsd, floorUsd }: Market): number {
  return floorUsd ?? (capUsd === null ? 0 : capUsd - 1);
}

function previewMarket(
  row: Opportunity,
  market: Market,
  { facts, nowMs }: { readonly facts: PreviewFacts; readonly nowMs: Ms },
): PreviewMarket {
  return {
    ticker: row.ticker,
    event_ticker: market.eventTicker,
    strategy: row.strategy,
    strike: strikeText(market),
    close: isoTime(market.closeMs),
    close_ms: market.closeMs,
    close_new_york: facts.newYorkTime(market.closeMs),
    seconds_to_close: Math.round((market.closeMs - nowMs) / 1000),
    ...touchOf(row, market),
    p_model: row.pModel,
    p_low: row.pLow,
    p_high: row.pHigh,
    model: row.model,
    p_market: row.pMarket,
    side: row.side,
    cost: row.cost === null ? null : formatMoney(row.cost),
    ev: row.ev === null ? null : row.ev.toFixed(6),
    decision: row.decision,
    reason: row.reason,
    failed: row.failed === "" ? [] : row.failed.split(","),
  };
}

type Touch = Pick<
  PreviewMarket,
  "yes_bid" | "yes_ask" | "yes_bid_qty" | "yes_ask_qty" | "spread" | "spread_ticks"
>;

function touchOf(row: Opportunity, { ranges }: Market): Touch {
  const { yesAsk, yesAskQty, yesBid, yesBidQty } = row;
  const both = yesBid === null || yesAsk === null ? null : { yesBid, yesAsk };
  const width = both === null ? null : both.yesAsk - both.yesBid;
  return {
    yes_bid: yesBid === null ? null : formatPrice(yesBid),
    yes_ask: yesAsk === null ? null : formatPrice(yesAsk),
    yes_bid_qty: yesBidQty === null ? null : formatQty(yesBidQty),
    yes_ask_qty: yesAskQty === null ? null : formatQty(yesAskQty),
    // A crossed book has none.
    spread: width === null || width < 0 ? null : formatPrice(price(width)),
    spread_ticks: both === null ? null : ticksBetween(ranges, both.yesBid, both.yesAsk),
  };
}

function plannedOrder(
  order: OrderRecord,
  from: {
    readonly row: Opportunity;
    readonly market: Market;
    readonly worstCost: Money | null;
    readonly facts: PreviewFacts;
  },
): PlannedOrder {
  const { facts, market, row, worstCost } = from;
  const { maxPosition, staleMs } = facts;
  const limits = facts.limits(order.strategy);
  return {
    strategy: order.strategy,
    ticker: order.ticker,
    action: order.action,
    side: order.side,
    limit: formatPrice(order.price),
    qty: formatQty(order.qty),
    worst_cost: worstCost === null ? null : formatMoney(worstCost),
    ev: row.ev === null ? null : row.ev.toFixed(6),
    gates: openGates({ order, row, market, worstCost, limits, maxPosition, staleMs }),
  };
}

function nearest(markets: readonly PreviewMarket[], strategy: string): PreviewMarket[] {
  return markets
    .filter(
      (each) => each.strategy === strategy && each.decision === "no_trade" && each.ev !== null,
    )
    .toSorted((a, b) => Number(b.ev) - Number(a.ev))
    .slice(0, NEAREST);
}
