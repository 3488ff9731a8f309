import { existsSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import {
  type Capture,
  type FrameLine,
  isObject,
  parseObject,
  readCapture,
} from "../../src/exchange/replay/read-capture.ts";
import { ROOT } from "./bundle.ts";
import { generatedKalshi, type RawFrame } from "./generated-frames.ts";

/** Time of the bench is counted in frames, so that every subject sees the same times and must decide the same. */
export const START_MS = 1_778_760_000_000;
const FRAMES_PER_MS = 5;
/** How long a frame was under way, more or less. */
const LAG_MS = 30;

const RECORDINGS = path.join(ROOT, "../shared/data/kalshi/ws-btc15m");
export const TICKER_SID = 1;
export const BOOK_SID = 2;
/** Markets that tick side by side on one connection, the busiest of all that were recorded. */
const MARKETS = 8;

export interface Frames {
  readonly source: string;
  readonly texts: readonly string[];
  readonly tickers: readonly string[];
}

interface Recorded {
  readonly capture: Capture;
  readonly line: FrameLine;
}

/** Kalshi's frames as one connection would bring them: several markets in turn, numbered without a hole. */
export function kalshiFrames(max: number): Frames {
  const streams = existsSync(RECORDINGS) ? recorded(max) : generatedKalshi(max);
  const source = existsSync(RECORDINGS) ? "recorded" : "generated";
  const busiest = streams.toSorted((a, b) => b.length - a.length).slice(0, MARKETS);
  const texts = numbered(inTurn(busiest, max));
  const tickers = busiest.map(([first]) => first?.ticker ?? "");
  return { source, texts, tickers };
}

/** For programs in other processes: one frame a line. */
export function writeFrames(file: string, texts: readonly string[]): void {
  writeFileSync(file, texts.join("\n"));
}

function inTurn(streams: readonly (readonly RawFrame[])[], max: number): RawFrame[] {
  const frames: RawFrame[] = [];
  const longest = Math.max(...streams.map((stream) => stream.length));
  for (let at = 0; at < longest && frames.length < max; at++) {
    for (const stream of streams) {
      const frame = stream[at];
      if (frame !== undefined) frames.push(frame);
    }
  }
  return frames.slice(0, max);
}

/** Time at which the frame of this number arrives. */
export function frameMs(at: number): number {
  return START_MS + Math.floor(at / FRAMES_PER_MS);
}

function numbered(frames: readonly RawFrame[]): string[] {
  let seq = 0;
  return frames.map(({ type, msg: recordedMsg }, at) => {
    const msg = asSent(type, stamped(recordedMsg, frameMs(at) - LAG_MS - (at % 17)));
    return type === "ticker"
      ? JSON.stringify({ type, sid: TICKER_SID, msg })
      : JSON.stringify({ type, sid: BOOK_SID, seq: ++seq, msg });
  });
}

/** The recordings are days apart; on one connection their times must go together. */
function stamped(msg: object, ms: number): object {
  if (!("ts_ms" in msg)) return msg;
  const text = new Date(ms).toISOString().replace("Z", "126Z");
  const time = "time" in msg ? { time: text } : {};
  const ts = "ts" in msg && typeof msg.ts === "number" ? Math.floor(ms / 1000) : text;
  return { ...msg, ...time, ts, ts_ms: ms };
}

/** The order in which the exchange writes the keys of a message (kalshi.md §3.4, and the frames kept word for word). */
const KEYS: ReadonlyMap<string, readonly string[]> = new Map([
  ["orderbook_snapshot", ["market_ticker", "market_id", "yes_dollars_fp", "no_dollars_fp"]],
  [
    "orderbook_delta",
    ["market_ticker", "market_id", "price_dollars", "delta_fp", "side", "ts", "ts_ms"],
  ],
  [
    "ticker",
    [
      "market_ticker",
      "market_id",
      "price_dollars",
      "yes_bid_dollars",
      "yes_ask_dollars",
      "yes_bid_size_fp",
      "yes_ask_size_fp",
      "last_trade_size_fp",
      "volume_fp",
      "open_interest_fp",
      "dollar_volume",
      "dollar_open_interest",
      "ts",
      "ts_ms",
      "time",
    ],
  ],
]);

/** Whoever recorded the frames wrote the keys in the order of the alphabet; no key is left out or made up here. */
function asSent(type: string, msg: object): object {
  const keys = KEYS.get(type) ?? [];
  const place = (key: string): number => (keys.includes(key) ? keys.indexOf(key) : keys.length);
  return Object.fromEntries(Object.entries(msg).toSorted(([a], [b]) => place(a) - place(b)));
}

/** The frames of each of the busiest recorded markets, from its first snapshot on; no more of one than are wanted in all. */
function recorded(max: number): RawFrame[][] {
  const lines = new Map<string, Recorded[]>();
  for (const name of readdirSync(RECORDINGS).filter((file) => file.endsWith(".gz"))) {
    const capture = readCapture(path.join(RECORDINGS, name));
    for (const line of capture.lines) {
      if (line.kind !== "frame") continue;
      const known = lines.get(line.ticker);
      if (known === undefined) lines.set(line.ticker, [{ capture, line }]);
      else known.push({ capture, line });
    }
  }
  const streams = [...lines.values()].toSorted((a, b) => b.length - a.length).slice(0, MARKETS);
  return streams.map((stream) => {
    // The ones that end early leave their turns to the others.
    const part = stream.slice(0, Math.ceil((2 * max) / MARKETS));
    const frames = part.flatMap(read);
    return frames.slice(frames.findIndex(({ type }) => type === "orderbook_snapshot"));
  });
}

function read({ capture, line }: Recorded): RawFrame[] {
  const frame = parseObject(capture.bytes.toString("utf8", line.start, line.end))?.["frame"];
  if (!isObject(frame) || !isObject(frame["msg"])) return [];
  return [{ type: String(frame["type"]), ticker: line.ticker, msg: frame["msg"] }];
}
