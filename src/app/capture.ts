import type { FeedGap, Level, MarketEvent } from "../core/events.ts";
import { isoTime } from "../core/iso-time.ts";
import { isUpDown, type Market } from "../core/market.ts";
import { formatPrice, formatQty, type Ms, type Qty } from "../core/units.ts";

// A recorded run as a capture: the frames of the exchange as they would have looked, one JSON object a line, with notes of
// the recorder (docs/data.md). `--sim=replay:FILE` serves it again.

/** Counts of what was written and of what a capture has no room for. */
export interface CaptureCounts {
  frames: number;
  markets: number;
  /** Frames of markets that are not up/down markets: a capture says no more of a market than its close and strike. */
  others: number;
}

type Frame = Extract<MarketEvent, { type: "snapshot" | "delta" | "ticker" | "trade" }>;

const CHANNELS = {
  snapshot: "orderbook_delta",
  delta: "orderbook_delta",
  ticker: "ticker",
  trade: "trade",
} as const;

/** Public trades are stored without the number of their subscription; no exchange counts so far. */
const TRADE_SID = 900_000;

/** What is known before the first frame is noted this much earlier: whoever replays has to find the market and subscribe. */
const LEAD_MS = 1_000;

/** Lines of a capture, newline at the end included; counts as it goes. */
export function* captureLines(
  events: Iterable<MarketEvent>,
  counts: CaptureCounts,
): Generator<string> {
  const writer = new CaptureWriter(counts);
  for (const event of events) yield* writer.take(event);
}

class CaptureWriter {
  readonly #counts: CaptureCounts;
  /** Strikes of the markets that were noted; null while one is not known. */
  readonly #noted = new Map<string, number | null>();
  #channels = new Set<string>();
  #seqs = new Map<number, number>();
  #isConnected = false;

  constructor(counts: CaptureCounts) {
    this.#counts = counts;
  }

  *take(event: MarketEvent): Generator<string> {
    if (event.type === "market") yield* this.#market(event.market, event.recvMs);
    else if (event.type === "gap") this.#gap(event);
    else if (isFrame(event)) yield* this.#frame(event);
  }

  *#market(market: Market, atMs: Ms): Generator<string> {
    const { closeMs, floorUsd, status, ticker } = market;
    const before = this.#noted.get(ticker);
    if (!isUpDown(market) || before === floorUsd) return;
    if (before === undefined) this.#counts.markets++;
    this.#noted.set(ticker, floorUsd);
    const note = { event: "watch_market", market_ticker: ticker, close_time: isoTime(closeMs) };
    const notedMs = this.#counts.frames === 0 ? atMs - LEAD_MS : atMs;
    yield line(notedMs, { control: { ...note, status, strike: floorUsd } });
  }

  /** What was lost is lost in the capture too: its numbers are left out. */
  #gap({ fromSeq, reason, sid, source, toSeq }: FeedGap): void {
    if (source !== "kalshi") return;
    if (reason === "disconnect") this.#isConnected = false;
    if (reason === "seq" && sid !== null && fromSeq !== null && toSeq !== null) {
      this.#seqs.set(sid, (this.#seqs.get(sid) ?? 0) + toSeq - fromSeq + 1);
    }
  }

  *#frame(frame: Frame): Generator<string> {
    if (!this.#noted.has(frame.ticker)) {
      this.#counts.others++;
      return;
    }
    const { recvMs } = frame;
    if (!this.#isConnected) yield* this.#connect(recvMs);
    const channel = CHANNELS[frame.type];
    const sid = frame.type === "trade" ? TRADE_SID : frame.sid;
    if (!this.#channels.has(channel)) {
      this.#channels.add(channel);
      yield line(recvMs, { frame: { id: 1, type: "subscribed", msg: { channel, sid } } });
    }
    const type =
      frame.type === "snapshot" || frame.type === "delta" ? `orderbook_${frame.type}` : frame.type;
    const seq = channel === "orderbook_delta" ? { seq: this.#next(sid) } : {};
    this.#counts.frames++;
    yield line(recvMs, { frame: { type, sid, ...seq, msg: bodyOf(frame) } });
  }

  *#connect(atMs: Ms): Generator<string> {
    this.#isConnected = true;
    this.#channels = new Set();
    this.#seqs = new Map();
    yield line(atMs, { control: { event: "connected" } });
  }

  // Counted anew: acknowledgements and other markets took numbers as well, and would look like losses.
  #next(sid: number): number {
    const seq = (this.#seqs.get(sid) ?? 0) + 1;
    this.#seqs.set(sid, seq);
    return seq;
  }
}

function isFrame(event: MarketEvent): event is Frame {
  return Object.hasOwn(CHANNELS, event.type);
}

function line(atMs: Ms, body: object): string {
  return `${JSON.stringify({ recv_ns: `${atMs}000000`, ...body })}\n`;
}

function bodyOf(frame: Frame): Readonly<Record<string, unknown>> {
  const market = { market_ticker: frame.ticker };
  switch (frame.type) {
    case "snapshot":
      return {
        ...market,
        ...levelsAs("yes_dollars_fp", frame.yes),
        ...levelsAs("no_dollars_fp", frame.no),
      };
    case "delta":
      return {
        ...market,
        side: frame.side,
        price_dollars: formatPrice(frame.price),
        delta_fp: formatQty(frame.delta),
        ...timeOf(frame.exchangeMs),
      };
    case "ticker":
      return {
        ...market,
        yes_bid_dollars: formatPrice(frame.yesBid),
        yes_ask_dollars: formatPrice(frame.yesAsk),
        ...(frame.last === null ? {} : { price_dollars: formatPrice(frame.last) }),
        ...sizeAs("yes_bid_size_fp", frame.yesBidQty),
        ...sizeAs("yes_ask_size_fp", frame.yesAskQty),
        ...sizeAs("volume_fp", frame.volume),
        ...sizeAs("open_interest_fp", frame.openInterest),
        ...timeOf(frame.exchangeMs),
      };
    case "trade":
      return {
        ...market,
        trade_id: frame.tradeId,
        yes_price_dollars: formatPrice(frame.yesPrice),
        count_fp: formatQty(frame.qty),
        taker_side: frame.takerSide,
        ...timeOf(frame.exchangeMs),
      };
  }
}

/** A side without bids is left out, as the exchange does. */
function levelsAs(name: string, levels: readonly Level[]): Readonly<Record<string, unknown>> {
  if (levels.length === 0) return {};
  return { [name]: levels.map(([at, size]) => [formatPrice(at), formatQty(size)]) };
}

function sizeAs(name: string, size: Qty | null): Readonly<Record<string, string>> {
  return size === null ? {} : { [name]: formatQty(size) };
}

function timeOf(exchangeMs: Ms | null): Readonly<Record<string, number>> {
  return exchangeMs === null ? {} : { ts_ms: exchangeMs };
}
