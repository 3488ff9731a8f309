import type { Level, MarketEvent, Settlement } from "../../../core/events.ts";
import type { FeeTerms } from "../../../core/fees.ts";
import { isUpDown } from "../../../core/market.ts";
import { complement, type Ms, PRICE_ONE, type Price, type Qty, qty } from "../../../core/units.ts";
import type { Reader } from "../open.ts";
import {
  type HistoryCandle,
  type HistoryMarket,
  type HistoryReads,
  type HistorySpan,
  type HistorySpot,
  type HistoryTrade,
  openHistoryReads,
  SPOT_SOURCE,
  WARM_UP_MS,
} from "./reads.ts";

// Days that `collect --backfill` fetched, as the events that would have been heard: nothing is told before the exchange
// could have told it. Engine and venue have to be told that prices come by the minute (core/minute-data.ts).
//
// At the end of each minute, in this order: the last spot price of it (a millisecond before, which is still inside the
// minute), the quotes at its end of each market, what is missing as a gap, and a `wake`, the only event at which the
// engine looks. Trades and settlements come at their own times. A market comes when it opens, one that opened earlier at
// the start; the strike of an up/down market comes when the exchange was first seen to have it.
//
// Whoever drives an engine with them adds no wakes: one inside a minute would see prices of the minute before.

/** What is charged where no run has stored what the exchange says: every crypto series since 2025 (kalshi.md §2.2). */
const ASSUMED_FEES: readonly FeeTerms[] = [
  { fromMs: 0, feeType: "quadratic", multiplierBps: 10_000 },
];

const MINUTE_MS = 60_000;
/** Read at once: the memory that a span needs is that of its busiest hour. */
const STRETCH_MS = 3_600_000;
/** The strike was out at all of 14 looks, 14 to 42 s after the open (kalshi.md §4.2). */
const STRIKE_AFTER_MS = 45_000;
/** A candle has no sizes. At least one contract stood there, or there would have been no quote. */
const LEAST_QTY = qty(100);

/**
 * Events of (fromMs, toMs] in the order of time, of the markets that close within it; results of those that are settled
 * only later come behind it. Reads an hour at a time; one generator at a time on a reader.
 */
export function* historyEvents(reader: Reader, span: HistorySpan): Generator<MarketEvent> {
  const reads = openHistoryReads(reader, span);
  try {
    yield* beginning(reads, span);
    const live = new Map<string, LiveMarket>();
    for (let fromMs = span.fromMs; fromMs < span.toMs; fromMs += STRETCH_MS) {
      const toMs = Math.min(span.toMs, fromMs + STRETCH_MS);
      yield* stretch(reads, live, { fromMs, toMs, isFirst: fromMs === span.fromMs });
    }
    yield* [...endings(live, Number.POSITIVE_INFINITY)].toSorted(inTime);
  } finally {
    reads.close();
  }
}

/** A market that has opened and of which something is still to come. */
interface LiveMarket {
  readonly of: HistoryMarket;
  /** Until when its strike is not out; null when it is. */
  strikeMs: Ms | null;
  /** End of the last minute with quotes; null before the first and after a hole. */
  quotedMs: Ms | null;
}

interface Stretch {
  readonly fromMs: Ms;
  readonly toMs: Ms;
  readonly isFirst: boolean;
}

function* beginning(reads: HistoryReads, { fromMs, series }: HistorySpan): Generator<MarketEvent> {
  for (const ticker of series) {
    const terms = reads.fees("series", ticker) ?? ASSUMED_FEES;
    yield { type: "fees", scope: "series", ticker, terms, recvMs: fromMs };
  }
  for (const candle of reads.spots(fromMs - WARM_UP_MS, fromMs)) {
    yield { type: "candle", source: SPOT_SOURCE, intervalS: 60, ...candle, recvMs: fromMs };
  }
}

function stretch(
  reads: HistoryReads,
  live: Map<string, LiveMarket>,
  at: Stretch,
): readonly MarketEvent[] {
  const { fromMs, toMs } = at;
  const events = [
    ...openings(reads, live, at),
    ...strikes(live, at),
    ...reads.trades(fromMs, toMs).map(tradeOf),
    ...reads.spots(fromMs, toMs).map(spotOf),
    ...quotes(reads, live, at),
    ...endings(live, toMs),
  ];
  for (let ms = minuteAfter(fromMs); ms <= toMs; ms += MINUTE_MS) {
    events.push({ type: "wake", recvMs: ms });
  }
  return events.toSorted(inTime);
}

function minuteAfter(ms: Ms): Ms {
  return (Math.floor(ms / MINUTE_MS) + 1) * MINUTE_MS;
}

/** What happens at one time, in the order in which it is told. */
const ORDER: readonly MarketEvent["type"][] = [
  ...(["fees", "market", "trade", "settlement"] as const),
  ...(["spot", "gap", "snapshot", "wake"] as const),
];

function inTime(a: MarketEvent, b: MarketEvent): number {
  return a.recvMs - b.recvMs || ORDER.indexOf(a.type) - ORDER.indexOf(b.type);
}

function* openings(
  reads: HistoryReads,
  live: Map<string, LiveMarket>,
  { fromMs, isFirst, toMs }: Stretch,
): Generator<MarketEvent> {
  let event = "";
  for (const of of reads.markets(isFirst ? Number.MIN_SAFE_INTEGER : fromMs, toMs)) {
    const { market } = of;
    const recvMs = Math.max(fromMs, market.openMs);
    const strikeMs = isUpDown(market) ? market.openMs + STRIKE_AFTER_MS : market.openMs;
    const isOut = strikeMs <= recvMs;
    live.set(market.ticker, { of, strikeMs: isOut ? null : strikeMs, quotedMs: null });
    // Markets of one event open together and stand next to each other.
    const terms = market.eventTicker === event ? null : reads.fees("event", market.eventTicker);
    event = market.eventTicker;
    if (terms !== null) yield { type: "fees", scope: "event", ticker: event, terms, recvMs };
    yield { type: "market", market: isOut ? market : { ...market, floorUsd: null }, recvMs };
  }
}

function* strikes(
  live: ReadonlyMap<string, LiveMarket>,
  { toMs }: Stretch,
): Generator<MarketEvent> {
  for (const market of live.values()) {
    if (market.strikeMs === null || market.strikeMs > toMs) continue;
    yield { type: "market", market: market.of.market, recvMs: market.strikeMs };
    market.strikeMs = null;
  }
}

function tradeOf({ atMs, ...trade }: HistoryTrade): MarketEvent {
  return { type: "trade", ...trade, exchangeMs: atMs, recvMs: atMs };
}

function spotOf({ closeUsd, openMs, product }: HistorySpot): MarketEvent {
  return {
    type: "spot",
    source: SPOT_SOURCE,
    product,
    kind: "trade",
    priceUsd: closeUsd,
    bidUsd: null,
    askUsd: null,
    size: null,
    tradeId: null,
    exchangeMs: null,
    recvMs: openMs + MINUTE_MS - 1,
  };
}

/** Books at the ends of their minutes; the first minute without one is a gap, and the book is gone until the next. */
function* quotes(
  reads: HistoryReads,
  live: ReadonlyMap<string, LiveMarket>,
  { fromMs, toMs }: Stretch,
): Generator<MarketEvent> {
  const holes = new Map<Ms, string[]>();
  for (const market of live.values()) {
    const { closeMs, openMs, ticker } = market.of.market;
    const noteHole = (nextMs: Ms): void => {
      const endMs = (market.quotedMs ?? nextMs) + MINUTE_MS;
      if (endMs >= nextMs || endMs >= closeMs) return;
      holes.set(endMs, [...(holes.get(endMs) ?? []), ticker]);
      market.quotedMs = null;
    };
    if (market.of.marketId === null || fromMs >= closeMs) continue;
    const [lowMs, highMs] = [Math.max(fromMs, openMs), Math.min(toMs, closeMs)];
    for (const candle of reads.candles(market.of.marketId, lowMs, highMs)) {
      noteHole(candle.endMs);
      market.quotedMs = candle.endMs;
      yield snapshotOf(ticker, candle);
    }
    noteHole(toMs + 1);
  }
  for (const [endMs, tickers] of holes) yield gapOf(tickers, endMs);
}

function snapshotOf(ticker: string, { ask, bid, endMs, volume }: HistoryCandle): MarketEvent {
  const size = qty(Math.max(volume, LEAST_QTY));
  const yes = levelOf(bid, size);
  const no = levelOf(ask === null ? null : complement(ask), size);
  return { type: "snapshot", ticker, sid: 0, seq: 0, yes, no, recvMs: endMs };
}

/** A bid of nothing, or an ask of a whole dollar, is how a candle says that there was none. */
function levelOf(bid: Price | null, size: Qty): readonly Level[] {
  return bid === null || bid === 0 || bid === PRICE_ONE ? [] : [[bid, size]];
}

function gapOf(tickers: readonly string[], endMs: Ms): MarketEvent {
  return {
    type: "gap",
    source: "kalshi",
    reason: "no_candle",
    tickers,
    sid: null,
    fromSeq: null,
    toSeq: null,
    fromMs: endMs - MINUTE_MS,
    toMs: endMs,
    recvMs: endMs,
  };
}

/** Results that came by then; a market whose end is not on file is dropped once it has closed. */
function* endings(live: Map<string, LiveMarket>, toMs: Ms): Generator<MarketEvent> {
  for (const [ticker, { of }] of live) {
    const settlement = settlementOf(of);
    if ((settlement?.recvMs ?? of.market.closeMs) > toMs) continue;
    live.delete(ticker);
    if (settlement !== null) yield settlement;
  }
}

function settlementOf({ market, settled }: HistoryMarket): Settlement | null {
  if (settled === null) return null;
  const { eventTicker, ticker } = market;
  const recvMs = Math.max(settled.settledMs, market.closeMs);
  return { type: "settlement", ticker, eventTicker, ...settled, final: true, recvMs };
}
