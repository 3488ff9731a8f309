import type { DepthLevel, SpotTick } from "../../../core/events.ts";
import type { Ms } from "../../../core/units.ts";
import { isRecord, type JsonObject } from "../../kalshi/json.ts";
import type { Shape } from "../../platform/shape.ts";
import { usdOf } from "../coinbase/fields.ts";
import { levelsOf, objectOf, productOf, sizeOf } from "../spot/fields.ts";

// Gemini's current streams, "v3" (spot-feeds.md §4.6), decoded by hand. Nothing in here throws. Only depth frames say what
// they are; quotes and trades are told by their fields.

export type GeminiFrame =
  | GeminiDepth
  | GeminiQuote
  | GeminiTrade
  /** Answer to a command. */
  | { readonly kind: "answer"; readonly id: number | null; readonly error: string | null }
  /** `type` is null where nothing says what it was meant to be. */
  | { readonly kind: "rejected"; readonly reason: string; readonly type: GeminiType | null }
  | { readonly kind: "unknown"; readonly type: string };

/** The first of a stream is the whole book; the others hold the levels that changed. */
export interface GeminiDepth {
  readonly kind: "depth";
  readonly type: "depthUpdate";
  readonly product: string;
  readonly firstId: number;
  readonly lastId: number;
  readonly bids: readonly DepthLevel[];
  readonly asks: readonly DepthLevel[];
  readonly exchangeMs: Ms;
  readonly recvMs: Ms;
}

interface GeminiQuote {
  readonly kind: "quote";
  readonly type: "bookTicker";
  readonly product: string;
  readonly updateId: number;
  readonly tick: SpotTick;
}

interface GeminiTrade {
  readonly kind: "trade";
  readonly type: "trade";
  readonly product: string;
  readonly tick: SpotTick;
}

export type GeminiType = "depthUpdate" | "bookTicker" | "trade";

const LEVELS: Shape = [["decimal"]];

export const GEMINI_SHAPES: Readonly<Record<GeminiType, Shape>> = {
  depthUpdate: { E: "number", s: "text", U: "number", u: "number", b: LEVELS, a: LEVELS },
  bookTicker: { E: "number", s: "text", u: "number", b: "decimal", a: "decimal" },
  trade: { E: "number", s: "text", t: "number", p: "decimal", q: "decimal" },
};

const SOURCE = "gemini";

export function decodeGemini(text: string, recvMs: Ms): GeminiFrame {
  const frame = objectOf(quoteBigNumbers(text));
  if (typeof frame === "string") return { kind: "rejected", reason: frame, type: null };
  const type = typeOf(frame);
  if (type === "answer") return readAnswer(frame);
  if (type === "unknown") {
    const name = frame["e"];
    return { kind: "unknown", type: typeof name === "string" ? name : "none" };
  }
  const symbol = frame["s"];
  const product = typeof symbol === "string" ? productOf(symbol) : undefined;
  if (product === undefined) return { kind: "rejected", reason: "no_product", type };
  const exchangeMs = nanosToMs(frame["E"]);
  if (exchangeMs === undefined) return { kind: "rejected", reason: "bad_time", type };
  const read = READERS[type](frame, { product, exchangeMs, recvMs });
  return typeof read === "string" ? { kind: "rejected", reason: read, type } : read;
}

// `E` counts nanoseconds and trade ids may grow as long: beyond 2^53 `JSON.parse` would silently make another number of
// them. Inside a JSON text the quotes around a name are escaped, so only fields are found.
const BIG_NUMBER = /("[Et]"\s*:\s*)(\d+)/g;

function quoteBigNumbers(text: string): string {
  return text.replaceAll(BIG_NUMBER, '$1"$2"');
}

function typeOf(frame: JsonObject): GeminiType | "answer" | "unknown" {
  if (frame["e"] === "depthUpdate") return "depthUpdate";
  if (frame["e"] !== undefined) return "unknown";
  if ("t" in frame && "p" in frame) return "trade";
  if ("b" in frame && "a" in frame) return "bookTicker";
  return "id" in frame || "status" in frame ? "answer" : "unknown";
}

interface Origin {
  readonly product: string;
  readonly exchangeMs: Ms;
  readonly recvMs: Ms;
}

type Reader = (frame: JsonObject, origin: Origin) => GeminiFrame | string;

const READERS: Readonly<Record<GeminiType, Reader>> = {
  depthUpdate: readDepth,
  bookTicker: readQuote,
  trade: readTrade,
};

function readDepth(frame: JsonObject, origin: Origin): GeminiFrame | string {
  const firstId = idOf(frame["U"]);
  const lastId = idOf(frame["u"]);
  if (firstId === undefined || lastId === undefined || firstId > lastId) return "bad_update_id";
  const bids = levelsOf(frame["b"]);
  const asks = levelsOf(frame["a"]);
  if (bids === undefined || asks === undefined) return "bad_level";
  return { kind: "depth", type: "depthUpdate", firstId, lastId, bids, asks, ...origin };
}

function readQuote(frame: JsonObject, origin: Origin): GeminiFrame | string {
  const updateId = idOf(frame["u"]);
  if (updateId === undefined) return "bad_update_id";
  const bidUsd = usdOf(frame["b"]);
  const askUsd = usdOf(frame["a"]);
  if (bidUsd === undefined || askUsd === undefined) return "bad_price";
  const tick: SpotTick = {
    type: "spot",
    source: SOURCE,
    kind: "quote",
    priceUsd: (bidUsd + askUsd) / 2,
    bidUsd,
    askUsd,
    size: null,
    tradeId: null,
    ...origin,
  };
  return { kind: "quote", type: "bookTicker", product: origin.product, updateId, tick };
}

function readTrade(frame: JsonObject, origin: Origin): GeminiFrame | string {
  const tradeId = frame["t"];
  if (typeof tradeId !== "string" || !/^\d{1,20}$/.test(tradeId)) return "bad_trade_id";
  const priceUsd = usdOf(frame["p"]);
  if (priceUsd === undefined) return "bad_price";
  const size = sizeOf(frame["q"]);
  if (size === undefined) return "bad_size";
  const tick: SpotTick = {
    type: "spot",
    source: SOURCE,
    kind: "trade",
    priceUsd,
    bidUsd: null,
    askUsd: null,
    size,
    tradeId,
    ...origin,
  };
  return { kind: "trade", type: "trade", product: origin.product, tick };
}

function readAnswer(frame: JsonObject): GeminiFrame {
  const id = commandId(frame["id"]);
  if (frame["status"] === 200) return { kind: "answer", id, error: null };
  const error = isRecord(frame["error"]) ? frame["error"] : {};
  const text = typeof error["msg"] === "string" ? error["msg"] : "unnamed error";
  return { kind: "answer", id, error: text };
}

/** The id of a command as it was sent, or as text. */
function commandId(value: unknown): number | null {
  if (typeof value === "string" && /^\d{1,9}$/.test(value)) return Number(value);
  return idOf(value) ?? null;
}

function idOf(value: unknown): number | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

/** Nanoseconds as text to whole milliseconds, without ever being a number of nanoseconds. */
function nanosToMs(value: unknown): Ms | undefined {
  if (typeof value !== "string" || !/^\d{16,20}$/.test(value)) return undefined;
  return Number(value.slice(0, -6));
}
