import type { SpotTick } from "../../core/events.ts";
import type { Ms, Usd } from "../../core/units.ts";
import { parseRfc3339 } from "../platform/rfc3339.ts";

// Coinbase Advanced Trade frames (spot-feeds.md §1.3, §1.4), decoded by hand. Nothing in here throws.

/** What one frame says. `seq` is null where the frame carries none (errors). */
export interface CoinbaseFrame {
  readonly seq: number | null;
  readonly ticks: readonly SpotTick[];
  /** Observations that could not be read, by reason. */
  readonly rejects: readonly string[];
  /** Parts that carry no observation for us: heartbeats, acknowledgements, old trades. */
  readonly control: number;
  /** The connection's subscriptions by channel when this is an acknowledgement. */
  readonly subscriptions: ReadonlyMap<string, readonly string[]> | null;
  /** Text of an error frame. */
  readonly error: string | null;
}

const SOURCE = "coinbase";
const NOTHING: CoinbaseFrame = {
  seq: null,
  ticks: [],
  rejects: [],
  control: 0,
  subscriptions: null,
  error: null,
};

export type Fields = Readonly<Record<string, unknown>>;

interface Stamp {
  readonly recvMs: Ms;
  readonly sentMs: Ms | null;
}

export function decodeCoinbase(text: string, recvMs: Ms): CoinbaseFrame {
  let frame: unknown;
  try {
    frame = JSON.parse(text);
  } catch {
    return rejected(null, "bad_json");
  }
  if (!isFields(frame)) return rejected(null, "not_an_object");
  if (frame["type"] === "error") {
    return { ...NOTHING, control: 1, error: textOf(frame["message"]) ?? "unnamed error" };
  }
  const { channel, events } = frame;
  const seq = countOf(frame["sequence_num"]);
  if (typeof channel !== "string" || !Array.isArray(events)) return rejected(seq, "no_channel");
  const read = CHANNELS.get(channel);
  if (read === undefined) return rejected(seq, "unknown_type");
  const sentMs = parseRfc3339(textOf(frame["timestamp"]) ?? "") ?? null;
  return { ...NOTHING, seq, ...read(events, { recvMs, sentMs }) };
}

type Reader = (events: readonly unknown[], stamp: Stamp) => Partial<CoinbaseFrame>;

const ignore: Reader = () => ({ control: 1 });

const CHANNELS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ["ticker", readTickers],
  ["market_trades", readTrades],
  ["subscriptions", readSubscriptions],
  ["heartbeats", ignore],
  ["l2_data", ignore],
  ["candles", ignore],
  ["status", ignore],
  ["ticker_batch", ignore],
]);

function readTickers(events: readonly unknown[], stamp: Stamp): Partial<CoinbaseFrame> {
  return collect(listsOf(events, "tickers"), (item) => mapTicker(item, stamp));
}

function readTrades(events: readonly unknown[], stamp: Stamp): Partial<CoinbaseFrame> {
  // A snapshot holds about a hundred trades of the past minutes; as new prices they would mislead every estimate.
  const fresh = events.filter((event) => !isFields(event) || event["type"] !== "snapshot");
  const read = collect(listsOf(fresh, "trades"), (item) => mapTrade(item, stamp));
  const ticks = (read.ticks ?? []).toSorted((a, b) => Number(a.tradeId) - Number(b.tradeId));
  return { ...read, ticks, control: events.length - fresh.length };
}

function readSubscriptions(events: readonly unknown[]): Partial<CoinbaseFrame> {
  const subscriptions = new Map<string, readonly string[]>();
  for (const event of events) {
    const channels = isFields(event) ? event["subscriptions"] : null;
    if (!isFields(channels)) continue;
    for (const [name, products] of Object.entries(channels)) {
      subscriptions.set(name, Array.isArray(products) ? products.filter(isText) : []);
    }
  }
  return { subscriptions, control: 1 };
}

/** Items of each event's list; an event without one gives one item that no mapper can read. */
function listsOf(events: readonly unknown[], name: string): readonly unknown[] {
  return events.flatMap((event) => {
    const list: unknown = isFields(event) ? event[name] : null;
    return Array.isArray(list) ? list : [null];
  });
}

function collect(
  items: readonly unknown[],
  map: (item: Fields) => SpotTick | string,
): Partial<CoinbaseFrame> {
  const ticks: SpotTick[] = [];
  const rejects: string[] = [];
  for (const item of items) {
    const tick = isFields(item) ? map(item) : "not_an_object";
    if (typeof tick === "string") rejects.push(tick);
    else ticks.push(tick);
  }
  return { ticks, rejects };
}

function mapTicker(item: Fields, { recvMs, sentMs }: Stamp): SpotTick | string {
  const product = textOf(item["product_id"]);
  if (!product) return "no_product";
  const priceUsd = usdOf(item["price"]);
  const bidUsd = optionalUsd(item["best_bid"]);
  const askUsd = optionalUsd(item["best_ask"]);
  if (priceUsd === undefined || bidUsd === undefined || askUsd === undefined) return "bad_price";
  return {
    type: "spot",
    source: SOURCE,
    product,
    kind: "quote",
    priceUsd,
    bidUsd,
    askUsd,
    size: null,
    tradeId: null,
    exchangeMs: sentMs,
    recvMs,
  };
}

function mapTrade(item: Fields, { recvMs, sentMs }: Stamp): SpotTick | string {
  const product = textOf(item["product_id"]);
  if (!product) return "no_product";
  const tradeId = textOf(item["trade_id"]);
  if (tradeId === undefined || !/^\d{1,15}$/.test(tradeId)) return "bad_trade_id";
  const priceUsd = usdOf(item["price"]);
  if (priceUsd === undefined) return "bad_price";
  const size = optionalUsd(item["size"]);
  if (size === undefined) return "bad_size";
  return {
    type: "spot",
    source: SOURCE,
    product,
    kind: "trade",
    priceUsd,
    bidUsd: null,
    askUsd: null,
    size,
    tradeId,
    exchangeMs: parseRfc3339(textOf(item["time"]) ?? "") ?? sentMs,
    recvMs,
  };
}

function rejected(seq: number | null, reason: string): CoinbaseFrame {
  return { ...NOTHING, seq, rejects: [reason] };
}

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function countOf(value: unknown): number | null {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : null;
}

const DECIMAL = /^\d+(?:\.\d+)?$/;

/** A positive decimal text as a number. Spot is a statistic, so floating point is good enough for it. */
export function usdOf(value: unknown): Usd | undefined {
  if (typeof value !== "string" || !DECIMAL.test(value)) return undefined;
  const number = Number(value);
  return number > 0 && Number.isFinite(number) ? number : undefined;
}

/** Null for what Coinbase writes as an empty string or leaves out, undefined for what cannot be read. */
function optionalUsd(value: unknown): Usd | null | undefined {
  return value === undefined || value === null || value === "" ? null : usdOf(value);
}
