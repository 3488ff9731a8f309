import type { Candle } from "../core/events.ts";
import { isoTime } from "../core/iso-time.ts";
import { type Market, seriesOfTicker, underlyingOf } from "../core/market.ts";
import type { Opportunity, OrderRecord } from "../core/records.ts";
import { formatMoney, formatPrice, formatQty, type Ms } from "../core/units.ts";
import type { CommandContext, Table } from "./context.ts";
import { strikeText } from "./strike-text.ts";

// What `preview` shows: per event the markets with touch, model, market and expected value, the order that would be
// placed, the nearest candidates when there is none, and the last hour of spot.

export interface PreviewFacts {
  readonly environment: string;
  readonly nowMs: Ms;
  readonly markets: readonly Market[];
  readonly candles: readonly Candle[];
  readonly rows: readonly Opportunity[];
  readonly orders: readonly OrderRecord[];
  /** A close as the exchange's own clock face shows it: tickers are written in New York time. */
  newYorkTime(ms: Ms): string;
}

interface PreviewMarket {
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
}

interface PreviewSpot {
  readonly product: string;
  readonly price_usd: string;
  readonly hour_low_usd: string;
  readonly hour_high_usd: string;
  readonly line: string;
}

export interface PreviewReport {
  readonly environment: string;
  readonly now: string;
  readonly now_ms: Ms;
  readonly spot: readonly PreviewSpot[];
  readonly markets: readonly PreviewMarket[];
  readonly planned_orders: readonly {
    readonly strategy: string;
    readonly ticker: string;
    readonly action: string;
    readonly side: string;
    readonly limit: string;
    readonly qty: string;
  }[];
  readonly nearest: readonly PreviewMarket[];
}

const NEAREST = 3;
const HOUR_MS = 3_600_000;
const BLOCKS = "▁▂▃▄▅▆▇█";

export function previewData(facts: PreviewFacts): PreviewReport {
  const byTicker = new Map(facts.markets.map((market) => [market.ticker, market]));
  const markets = facts.rows
    .flatMap((row) => {
      const market = byTicker.get(row.ticker);
      return market === undefined ? [] : [previewMarket(row, market, facts)];
    })
    .toSorted((a, b) => a.close_ms - b.close_ms || a.ticker.localeCompare(b.ticker));
  return {
    environment: facts.environment,
    now: isoTime(facts.nowMs),
    now_ms: facts.nowMs,
    spot: spotLines(facts),
    markets,
    planned_orders: facts.orders.map((order) => ({
      strategy: order.strategy,
      ticker: order.ticker,
      action: order.action,
      side: order.side,
      limit: formatPrice(order.price),
      qty: formatQty(order.qty),
    })),
    nearest: nearest(markets),
  };
}

function previewMarket(row: Opportunity, market: Market, facts: PreviewFacts): PreviewMarket {
  return {
    ticker: row.ticker,
    event_ticker: market.eventTicker,
    strategy: row.strategy,
    strike: strikeText(market),
    close: isoTime(market.closeMs),
    close_ms: market.closeMs,
    close_new_york: facts.newYorkTime(market.closeMs),
    seconds_to_close: Math.round((market.closeMs - facts.nowMs) / 1000),
    yes_bid: row.yesBid === null ? null : formatPrice(row.yesBid),
    yes_ask: row.yesAsk === null ? null : formatPrice(row.yesAsk),
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
  };
}

/** The markets that came closest to a trade, best expected value first. */
function nearest(markets: readonly PreviewMarket[]): PreviewMarket[] {
  return markets
    .filter(({ decision, ev }) => decision === "no_trade" && ev !== null)
    .toSorted((a, b) => Number(b.ev) - Number(a.ev))
    .slice(0, NEAREST);
}

function spotLines({ candles, markets, nowMs }: PreviewFacts): PreviewSpot[] {
  const products = new Set(
    markets.flatMap(({ ticker }) => underlyingOf(seriesOfTicker(ticker))?.product ?? []),
  );
  return [...products].flatMap((product) => {
    const hour = candles.filter(
      (candle) => candle.product === product && candle.openMs >= nowMs - HOUR_MS,
    );
    const last = hour.at(-1);
    if (last === undefined) return [];
    return [
      {
        product,
        price_usd: String(last.closeUsd),
        hour_low_usd: String(Math.min(...hour.map(({ lowUsd }) => lowUsd))),
        hour_high_usd: String(Math.max(...hour.map(({ highUsd }) => highUsd))),
        line: sparkline(hour.map(({ closeUsd }) => closeUsd)),
      },
    ];
  });
}

function sparkline(values: readonly number[]): string {
  const low = Math.min(...values);
  const range = Math.max(...values) - low || 1;
  return values
    .map((value) =>
      BLOCKS.charAt(
        Math.min(BLOCKS.length - 1, Math.floor(((value - low) / range) * BLOCKS.length)),
      ),
    )
    .join("");
}

export async function renderPreview(ctx: CommandContext, report: PreviewReport): Promise<string> {
  const lines = [`${report.environment} at ${report.now.slice(0, 19)}Z\n`];
  for (const spot of report.spot) {
    const { hour_high_usd: high, hour_low_usd: low, line, price_usd: price, product } = spot;
    lines.push(`${product} ${price}  hour ${low} to ${high}\n${line}\n`);
  }
  for (const event of new Set(report.markets.map((market) => market.event_ticker))) {
    const markets = report.markets.filter((market) => market.event_ticker === event);
    lines.push(eventLine(event, markets), await ctx.table(marketTable(markets)));
  }
  if (report.markets.length === 0) lines.push("no open market in the followed series now\n");
  return [...lines, ...planLines(report)].join("");
}

function eventLine(event: string, markets: readonly PreviewMarket[]): string {
  const { close_new_york: close = "", seconds_to_close: left = 0 } = markets[0] ?? {};
  const seconds = Math.max(0, left);
  const countdown = `${Math.floor(seconds / 60)}m${String(seconds % 60).padStart(2, "0")}s`;
  return `\n${event} closes at ${close}, in ${countdown}\n`;
}

/** The order that would be placed, else how near the nearest markets came. */
function planLines({ nearest: near, planned_orders: orders }: PreviewReport): string[] {
  if (orders.length > 0) {
    return orders.map(
      ({ action, limit, qty, side, strategy, ticker }) =>
        `would ${action} ${qty} ${side} of ${ticker} at ${centPrice(limit)} or better (${strategy})\n`,
    );
  }
  if (near.length === 0) return [];
  const candidates = near.map(
    ({ ev, reason, side, ticker }) =>
      `  ${ticker} ${side ?? ""} EV ${centsOf(ev)} c, held back by ${reason}\n`,
  );
  return ["nothing qualifies; nearest:\n", ...candidates];
}

function marketTable(markets: readonly PreviewMarket[]): Table {
  return {
    columns: [
      { title: "strike" },
      { title: "bid", align: "right" },
      { title: "ask", align: "right" },
      { title: "market", align: "right" },
      { title: "model", align: "right" },
      { title: "from-to", align: "right" },
      { title: "side" },
      { title: "EV c", align: "right" },
      { title: "decision" },
    ],
    rows: markets.map((market) => [
      market.strike,
      centPrice(market.yes_bid),
      centPrice(market.yes_ask),
      chance(market.p_market),
      chance(market.p_model),
      interval(market),
      market.side ?? "",
      centsOf(market.ev),
      market.decision === "trade" ? "trade" : market.reason,
    ]),
  };
}

/** `"0.5230"` → `52.3c`. */
function centPrice(price: string | null): string {
  return price === null ? "-" : `${Number((Number(price) * 100).toFixed(2))}c`;
}

const chance = (p: number | null): string => (p === null ? "-" : `${(p * 100).toFixed(1)}%`);
const interval = ({ p_high: high, p_low: low }: PreviewMarket): string =>
  low === null || high === null ? "-" : `${Math.round(low * 100)}-${Math.round(high * 100)}%`;
const centsOf = (ev: string | null): string => (ev === null ? "-" : (Number(ev) * 100).toFixed(1));
