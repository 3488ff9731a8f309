import type { CandleRange, Tier } from "../../adapters/kalshi/history.ts";
import { KbtError } from "../../core/errors.ts";
import { DAY_MS } from "../../core/iso-time.ts";
import type { Market } from "../../core/market.ts";
import type { MarketCandle } from "../../core/market-candle.ts";
import type { Ms } from "../../core/units.ts";
import { candleCalls } from "./backfill-calls.ts";
import {
  type BackfillParts,
  commitAll,
  eventsOf,
  noteUnreadable,
  orProblem,
  patiently,
  type Target,
  targetOf,
} from "./backfill-work.ts";

// The four steps of a backfill. Each part of a step is called done once its rows are committed, and is skipped from then
// on; a step that is stopped loses at most the part it was working on.

export interface Past {
  readonly series: readonly string[];
  readonly fromMs: Ms;
  readonly toMs: Ms;
  /** Named markets or events only. */
  wants(market: Market): boolean;
}

/** A list is over long before this; a cursor that never ends must not go on for ever. */
const PAGES_MAX = 5000;

/** Lists the settled markets and records those that are not on file. */
export async function backfillMarkets(
  parts: BackfillParts,
  past: Past,
  signal: AbortSignal,
): Promise<readonly Target[]> {
  const { clock, history } = parts;
  const targets = new Map<string, Target>();
  const { marketsMs } = await patiently(() => history.cutoffs(signal), clock, signal);
  for (const [at, seriesTicker] of past.series.entries()) {
    parts.progress({ name: "markets", done: at, total: past.series.length, skipped: 0 });
    // Always both: a market settled before the cutoff may have closed after the start of the range, and the reverse.
    const tiers: readonly Tier[] = past.fromMs < marketsMs ? ["live", "historical"] : ["live"];
    for (const tier of tiers) {
      const from = { seriesTicker, tier, fromMs: past.fromMs };
      await orProblem(parts, seriesTicker, () =>
        listTier(parts, { ...from, past, targets }, signal),
      );
    }
  }
  const { length } = past.series;
  parts.progress({ name: "markets", done: length, total: length, skipped: 0 });
  return [...targets.values()];
}

async function listTier(
  parts: BackfillParts,
  from: {
    readonly seriesTicker: string;
    readonly tier: Tier;
    readonly fromMs: Ms;
    readonly past: Past;
    readonly targets: Map<string, Target>;
  },
  signal: AbortSignal,
): Promise<void> {
  const { clock, history } = parts;
  const cursors = new Set<string>();
  let cursor = "";
  for (let page = 0; page < PAGES_MAX; page++) {
    const found = await patiently(() => history.settled(from, cursor, signal), clock, signal);
    noteUnreadable(parts, found.unreadable);
    for (const market of found.items) takeMarket(parts, market, from);
    await commitAll(parts, signal);
    // A cursor that the exchange does not know starts the list anew instead of failing (kalshi.md §2.0).
    if (found.cursor === "" || cursors.has(found.cursor)) return;
    cursors.add(found.cursor);
    cursor = found.cursor;
  }
}

function takeMarket(
  { clock, recorder, store }: BackfillParts,
  market: Market,
  from: { readonly tier: Tier; readonly past: Past; readonly targets: Map<string, Target> },
): void {
  const { past, targets, tier } = from;
  const isInRange = market.closeMs >= past.fromMs && market.closeMs <= past.toMs;
  if (!isInRange || !past.wants(market) || targets.has(market.ticker)) return;
  targets.set(market.ticker, targetOf(market, tier));
  if (store.isSettled(market.ticker)) return;
  for (const event of eventsOf(market, clock.nowMs())) recorder.event(event);
}

/** One-minute candles of each market from its opening to its close. */
export async function backfillCandles(
  parts: BackfillParts,
  targets: readonly Target[],
  signal: AbortSignal,
): Promise<void> {
  const open = targets.filter(({ ticker }) => !parts.store.isDone("candles", ticker));
  const skipped = targets.length - open.length;
  let done = skipped;
  const tell = (): void =>
    parts.progress({ name: "candles", done, total: targets.length, skipped });
  tell();
  for (const call of candleCalls(open)) {
    const read = await readMany(parts, call, signal);
    for (const target of call.targets) {
      await orProblem(parts, `candles of ${target.ticker}`, async () => {
        const candles =
          read.get(target.ticker) ?? (await readOne(parts, { target, ...call }, signal));
        parts.log.marketCandles += parts.store.addCandles(candles);
        parts.store.setDone("candles", target.ticker, parts.clock.nowMs());
      });
      done++;
      tell();
    }
  }
}

/** What one call gives; nothing when it gives anything unreadable, so that each market is then asked for alone. */
async function readMany(
  { clock, history }: BackfillParts,
  {
    spans,
    targets,
  }: { readonly spans: readonly CandleRange[]; readonly targets: readonly Target[] },
  signal: AbortSignal,
): Promise<ReadonlyMap<string, readonly MarketCandle[]>> {
  const [range, ...more] = spans;
  if (targets.length < 2 || range === undefined || more.length > 0) return new Map();
  const tickers = targets.map(({ ticker }) => ticker);
  try {
    return await patiently(() => history.candlesOfMany(tickers, range, signal), clock, signal);
  } catch (error) {
    const isOfCall = error instanceof KbtError && ["venue", "protocol"].includes(error.kind);
    if (!isOfCall) throw error;
    return new Map();
  }
}

async function readOne(
  { clock, history }: BackfillParts,
  { spans, target }: { readonly spans: readonly CandleRange[]; readonly target: Target },
  signal: AbortSignal,
): Promise<readonly MarketCandle[]> {
  const candles: MarketCandle[] = [];
  for (const range of spans) {
    const read = (tier: Tier) => () => history.candles({ ...target, tier }, range, signal);
    try {
      candles.push(...(await patiently(read(target.tier), clock, signal)));
    } catch (error) {
      // The cutoffs of markets and of candles need not be the same (kalshi.md §2.7).
      if (!(error instanceof KbtError) || error.details?.["status"] !== 404) throw error;
      const other = target.tier === "live" ? "historical" : "live";
      candles.push(...(await patiently(read(other), clock, signal)));
    }
  }
  return candles;
}

/** Public trades of each market. */
export async function backfillTrades(
  parts: BackfillParts,
  targets: readonly Target[],
  signal: AbortSignal,
): Promise<void> {
  const { clock, history, store } = parts;
  const traded = targets.filter(({ isUntraded }) => !isUntraded);
  const open = traded.filter(({ ticker }) => !store.isDone("trades", ticker));
  const skipped = traded.length - open.length;
  let done = skipped;
  const tell = (): void => parts.progress({ name: "trades", done, total: traded.length, skipped });
  tell();
  if (open.length === 0) return;
  const { tradesMs } = await patiently(() => history.cutoffs(signal), clock, signal);
  for (const target of open) {
    const what = `trades of ${target.ticker}`;
    await orProblem(parts, what, async () => {
      const isWhole = await readTrades(parts, { target, tradesMs }, signal);
      if (isWhole) store.setDone("trades", target.ticker, clock.nowMs());
    });
    done++;
    tell();
  }
}

/** True when every trade of the market is on file now. */
async function readTrades(
  parts: BackfillParts,
  { target, tradesMs }: { readonly target: Target; readonly tradesMs: Ms },
  signal: AbortSignal,
): Promise<boolean> {
  const { clock, history, recorder, store } = parts;
  const tiers: Tier[] = [];
  if (target.closeMs >= tradesMs) tiers.push("live");
  if (target.openMs < tradesMs) tiers.push("historical");
  const taken = new Set<string>();
  let isWhole = true;
  for (const tier of tiers) {
    const read = () => history.trades(target.ticker, tier, signal);
    const { complete, trades, unreadable } = await patiently(read, clock, signal);
    noteUnreadable(parts, unreadable);
    if (!complete) parts.log.problem(`the list of trades of ${target.ticker} does not end`);
    isWhole &&= complete && unreadable.length === 0;
    const recvMs = clock.nowMs();
    // Oldest first, as they happened.
    for (const trade of trades.toReversed()) {
      if (taken.has(trade.tradeId) || store.hasTrade(trade.tradeId)) continue;
      taken.add(trade.tradeId);
      recorder.event({ ...trade, recvMs });
    }
  }
  await commitAll(parts, signal);
  return isWhole;
}

/** One-minute spot candles, a UTC day at a time. */
export async function backfillSpot(
  parts: BackfillParts,
  { fromMs, products, toMs }: { fromMs: Ms; products: readonly string[]; toMs: Ms },
  signal: AbortSignal,
): Promise<void> {
  const { clock, recorder, store } = parts;
  const firstMs = Math.floor(fromMs / DAY_MS) * DAY_MS;
  const days = Math.floor((toMs - firstMs) / DAY_MS) + 1;
  const total = days * products.length;
  let done = 0;
  let skipped = 0;
  for (const product of products) {
    const known = store.spotCandles("coinbase", product, firstMs);
    for (let dayMs = firstMs; dayMs <= toMs; dayMs += DAY_MS) {
      parts.progress({ name: "spot", done: done++, total, skipped });
      const key = `${product} ${dayMs / DAY_MS}`;
      if (store.isDone("spot", key)) {
        skipped++;
        continue;
      }
      const endMs = Math.min(dayMs + DAY_MS, toMs);
      await orProblem(parts, `candles of ${product}`, async () => {
        const range = { product, startS: dayMs / 1000, endS: Math.floor(endMs / 1000) };
        const candles = await patiently(() => parts.spotCandles(range, signal), clock, signal);
        for (const candle of candles) if (!known.has(candle.openMs)) recorder.event(candle);
        await commitAll(parts, signal);
        // The day that is still running is asked for again.
        if (endMs === dayMs + DAY_MS) store.setDone("spot", key, clock.nowMs());
      });
    }
  }
  parts.progress({ name: "spot", done: total, total, skipped });
}
