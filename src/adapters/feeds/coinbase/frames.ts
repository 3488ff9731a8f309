import type { SpotDepth, SpotTick } from "../../../core/events.ts";
import type { Ms } from "../../../core/units.ts";
import { parseRfc3339 } from "../../platform/rfc3339.ts";
import {
  type Fields,
  isFields,
  isText,
  optionalUsd,
  SOURCE,
  type Stamp,
  textOf,
  usdOf,
} from "./fields.ts";
import { mapDepth } from "./level2.ts";
import { scanLevel2 } from "./level2-scan.ts";

// Coinbase Advanced Trade frames (spot-feeds.md §1.3, §1.4), decoded by hand. Nothing in here throws.

/** What one frame says. */
export interface CoinbaseFrame {
  /** A channel that this version knows; null when there is none. */
  readonly channel: string | null;
  /** A channel that this version does not know. */
  readonly unknown: string | null;
  /** Null where the frame carries none (errors). */
  readonly seq: number | null;
  readonly ticks: readonly SpotTick[];
  readonly depths: readonly SpotDepth[];
  /** Trades of a snapshot, oldest first: those of the past minutes, of which some may have been missed. */
  readonly history: readonly SpotTick[];
  /** Observations that could not be read, by reason. */
  readonly rejects: readonly string[];
  /** Parts that carry no observation for us: heartbeats, acknowledgements, old trades. */
  readonly control: number;
  /** The connection's subscriptions by channel when this is an acknowledgement. */
  readonly subscriptions: ReadonlyMap<string, readonly string[]> | null;
  /** Counter of a heartbeat, one more each second. */
  readonly beat: number | null;
  /** Text of an error frame. */
  readonly error: string | null;
}

interface Draft extends CoinbaseFrame {
  channel: string | null;
  unknown: string | null;
  seq: number | null;
  ticks: SpotTick[];
  depths: SpotDepth[];
  history: SpotTick[];
  rejects: string[];
  control: number;
  subscriptions: ReadonlyMap<string, readonly string[]> | null;
  beat: number | null;
  error: string | null;
}

export function decodeCoinbase(text: string, recvMs: Ms): CoinbaseFrame {
  const draft = newDraft();
  const scanned = scanLevel2(text, recvMs);
  if (scanned !== null) {
    draft.channel = "l2_data";
    draft.seq = scanned.seq;
    draft.depths.push(scanned.depth);
    return draft;
  }
  let frame: unknown;
  try {
    frame = JSON.parse(text);
  } catch {
    draft.rejects.push("bad_json");
    return draft;
  }
  if (isFields(frame)) readFrame(frame, recvMs, draft);
  else draft.rejects.push("not_an_object");
  return draft;
}

function newDraft(): Draft {
  return {
    channel: null,
    unknown: null,
    seq: null,
    ticks: [],
    depths: [],
    history: [],
    rejects: [],
    control: 0,
    subscriptions: null,
    beat: null,
    error: null,
  };
}

function readFrame(frame: Fields, recvMs: Ms, draft: Draft): void {
  if (frame["type"] === "error") {
    draft.control = 1;
    draft.error = textOf(frame["message"]) ?? "unnamed error";
    return;
  }
  const { channel, events } = frame;
  draft.seq = countOf(frame["sequence_num"]);
  if (typeof channel !== "string") {
    draft.rejects.push("no_channel");
    return;
  }
  const read = CHANNELS.get(channel);
  if (read === undefined) {
    draft.unknown = channel;
    return;
  }
  draft.channel = channel;
  if (!Array.isArray(events)) draft.rejects.push("no_events");
  // Without its number nobody could say whether something was lost before it (reliability.md W9).
  else if (draft.seq === null) draft.rejects.push("no_sequence");
  else {
    read(events, draft, { recvMs, sentMs: parseRfc3339(textOf(frame["timestamp"]) ?? "") ?? null });
    if (isBare(draft)) draft.control = 1;
  }
}

/** True when nothing was counted, so that every frame is accounted for. */
function isBare({ control, depths, rejects, ticks }: Draft): boolean {
  return control === 0 && ticks.length === 0 && depths.length === 0 && rejects.length === 0;
}

type Reader = (events: readonly unknown[], draft: Draft, stamp: Stamp) => void;

const ignore: Reader = (_events, draft) => {
  draft.control++;
};

const CHANNELS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ["ticker", readTickers],
  ["market_trades", readTrades],
  ["l2_data", readDepths],
  ["subscriptions", readSubscriptions],
  ["heartbeats", readHeartbeats],
  ["candles", ignore],
  ["status", ignore],
  ["ticker_batch", ignore],
]);

function readTickers(events: readonly unknown[], draft: Draft, stamp: Stamp): void {
  for (const event of events) {
    readItems(event, "tickers", { map: mapTicker, stamp, into: draft.ticks, draft });
  }
}

function readTrades(events: readonly unknown[], draft: Draft, stamp: Stamp): void {
  for (const event of events) {
    // A snapshot holds about a hundred trades of the past minutes; as new prices they would mislead every estimate.
    const isPast = isFields(event) && event["type"] === "snapshot";
    if (isPast) draft.control++;
    const into = isPast ? draft.history : draft.ticks;
    readItems(event, "trades", { map: mapTrade, stamp, into, draft });
  }
  draft.ticks.sort(byTradeId);
  draft.history.sort(byTradeId);
}

export function byTradeId(a: SpotTick, b: SpotTick): number {
  return Number(a.tradeId) - Number(b.tradeId);
}

function readDepths(events: readonly unknown[], draft: Draft, stamp: Stamp): void {
  for (const event of events) {
    const depth = isFields(event) ? mapDepth(event, stamp) : "not_an_object";
    if (typeof depth === "string") draft.rejects.push(depth);
    else draft.depths.push(depth);
  }
}

function readSubscriptions(events: readonly unknown[], draft: Draft): void {
  const subscriptions = new Map<string, readonly string[]>();
  for (const event of events) {
    const channels = isFields(event) ? event["subscriptions"] : null;
    if (!isFields(channels)) continue;
    for (const [name, products] of Object.entries(channels)) {
      subscriptions.set(name, Array.isArray(products) ? products.filter(isText) : []);
    }
  }
  draft.subscriptions = subscriptions;
  draft.control++;
}

function readHeartbeats(events: readonly unknown[], draft: Draft): void {
  const [event] = events;
  const counter = isFields(event) ? event["heartbeat_counter"] : null;
  // The documents show a text, recordings a number.
  draft.beat = countOf(isText(counter) ? Number(counter) : counter);
  draft.control++;
}

type ItemMap = (item: Fields, stamp: Stamp) => SpotTick | string;

/** Maps an event's list; an event without one is one item that cannot be read. */
function readItems(
  event: unknown,
  name: string,
  to: {
    readonly map: ItemMap;
    readonly stamp: Stamp;
    readonly into: SpotTick[];
    readonly draft: Draft;
  },
): void {
  const list: unknown = isFields(event) ? event[name] : null;
  if (!Array.isArray(list)) {
    to.draft.rejects.push("not_an_object");
    return;
  }
  for (const item of list) {
    const tick = isFields(item) ? to.map(item, to.stamp) : "not_an_object";
    if (typeof tick === "string") to.draft.rejects.push(tick);
    else to.into.push(tick);
  }
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

const TRADE_ID = /^\d{1,15}$/;

/** One trade, from the socket or from REST; its time is its own, else the envelope's. */
export function mapTrade(item: Fields, { recvMs, sentMs }: Stamp): SpotTick | string {
  const product = textOf(item["product_id"]);
  if (!product) return "no_product";
  const tradeId = textOf(item["trade_id"]);
  if (tradeId === undefined || !TRADE_ID.test(tradeId)) return "bad_trade_id";
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

function countOf(value: unknown): number | null {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : null;
}
