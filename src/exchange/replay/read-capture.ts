// A recording is one JSON object per line, written by another program while the market ran: it may be cut off in the
// middle of a line or of the gzip stream, and single lines may be damaged. Whole lines are always usable.

import { readFileSync } from "node:fs";
import { constants, gunzipSync } from "node:zlib";
import { CaptureError } from "./capture-error.ts";
import { parseUtcMs } from "./iso-time.ts";

type FrameChannel = "orderbook_delta" | "ticker" | "trade";

export interface FrameLine {
  readonly kind: "frame";
  /** Receive time in milliseconds with its fraction, never before that of the line above. */
  readonly recvMs: number;
  readonly channel: FrameChannel;
  readonly ticker: string;
  readonly sid: number;
  readonly seq: number | null;
  /** Number of the recorded connection, from 0. */
  readonly connection: number;
  /** Byte range of the line in `Capture.bytes`: the text is made when the frame is served. */
  readonly start: number;
  readonly end: number;
}

export interface MarketLine {
  readonly kind: "market";
  readonly recvMs: number;
  readonly ticker: string;
  readonly closeMs: number;
  readonly strike: number | null;
}

/** The recorder opened a new connection, so every socket of the one before had ended. */
interface DisconnectLine {
  readonly kind: "disconnect";
  readonly recvMs: number;
}

export type CaptureLine = FrameLine | MarketLine | DisconnectLine;

export interface Capture {
  readonly bytes: Buffer;
  readonly lines: readonly CaptureLine[];
  readonly startMs: number;
  readonly lastMs: number;
  /** Subscription ids by channel, one map per recorded connection. */
  readonly sids: readonly ReadonlyMap<string, number>[];
  readonly marketIds: ReadonlyMap<string, string>;
  readonly badLines: number;
  readonly truncated: string | null;
}

type Json = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The object a line of JSON holds; undefined when it is damaged or no object. */
export function parseObject(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Reads a whole recording; throws `CaptureError` when nothing of it can be replayed. */
export function readCapture(path: string): Capture {
  const { bytes, isCut } = readBytes(path);
  const parser = new LineParser(bytes);
  parser.run();
  if (parser.good === 0 && (parser.badLines > 0 || parser.cutLine !== null)) {
    throw new CaptureError(`${path} is not a recording: none of its lines is a JSON object.`, {
      line: 1,
    });
  }
  if (!parser.lines.some((line) => line.kind === "frame")) {
    throw new CaptureError(`${path} holds no frames, so there is nothing to replay.`);
  }
  return {
    bytes,
    lines: parser.lines,
    startMs: Math.floor(parser.firstMs),
    lastMs: Math.floor(parser.clockMs),
    sids: parser.sids,
    marketIds: parser.marketIds,
    badLines: parser.badLines,
    truncated: describeCut(path, parser, isCut),
  };
}

function describeCut(path: string, parser: LineParser, isCut: boolean): string | null {
  if (parser.cutLine !== null) return `${path} ends in the middle of line ${parser.cutLine}`;
  return isCut ? `${path} ends early: its gzip data is cut off after line ${parser.count}` : null;
}

function readBytes(path: string): { bytes: Buffer; isCut: boolean } {
  const raw = readFile(path);
  const isGzip = raw.length >= 2 && raw[0] === 0x1f && raw[1] === 0x8b;
  if (!isGzip && path.endsWith(".gz") && raw.length > 0) {
    throw new CaptureError(`${path} is named .gz but holds no gzip data.`);
  }
  if (!isGzip) return { bytes: raw, isCut: false };
  try {
    return { bytes: gunzipSync(raw), isCut: false };
  } catch {
    return { bytes: inflateCut(path, raw), isCut: true };
  }
}

function readFile(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown error";
    const why = code === "ENOENT" ? "does not exist" : `cannot be read (${code})`;
    throw new CaptureError(`The recording ${path} ${why}.`, { cause });
  }
}

// A sync flush at the end accepts a stream that simply stops; damage inside the stream still throws.
function inflateCut(path: string, raw: Buffer): Buffer {
  try {
    return gunzipSync(raw, { finishFlush: constants.Z_SYNC_FLUSH });
  } catch (cause) {
    throw new CaptureError(`${path} holds damaged gzip data and cannot be unpacked.`, { cause });
  }
}

const CHANNELS: ReadonlyMap<string, FrameChannel> = new Map([
  ["orderbook_snapshot", "orderbook_delta"],
  ["orderbook_delta", "orderbook_delta"],
  ["ticker", "ticker"],
  ["trade", "trade"],
]);

const NEWLINE = 10;

/**
 * Nanoseconds as milliseconds with their fraction. As one number they are exact to 256 of them only, and a whole
 * millisecond would fall short of itself.
 */
function msOf(recvNs: string): number {
  return Number(recvNs.slice(0, -6)) + Number(recvNs.slice(-6)) / 1e6;
}

class LineParser {
  readonly lines: CaptureLine[] = [];
  readonly sids: Map<string, number>[] = [new Map()];
  readonly marketIds = new Map<string, string>();
  count = 0;
  good = 0;
  badLines = 0;
  cutLine: number | null = null;
  /** Time of the first market or frame. */
  firstMs = Number.NaN;
  clockMs = Number.NEGATIVE_INFINITY;
  readonly #bytes: Buffer;
  #lastFrame = -1;
  #framesInConnection = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  run(): void {
    for (let start = 0; start < this.#bytes.length; ) {
      const newline = this.#bytes.indexOf(NEWLINE, start);
      const end = newline < 0 ? this.#bytes.length : newline;
      this.count++;
      if (!this.#readLine(start, end)) this.#reject(start, end, newline < 0);
      start = end + 1;
    }
  }

  #reject(start: number, end: number, isUnfinished: boolean): void {
    if (isUnfinished) this.cutLine = this.count;
    else if (this.#bytes.toString("latin1", start, end).trim() !== "") this.badLines++;
  }

  #readLine(start: number, end: number): boolean {
    const row = parseObject(this.#bytes.toString("utf8", start, end));
    const recvNs = row?.["recv_ns"];
    if (row === undefined || typeof recvNs !== "string" || !/^\d{16,20}$/.test(recvNs))
      return false;
    const { frame, control } = row;
    const before = this.clockMs;
    // A recorder clock that steps back a little must not reorder the frames.
    this.clockMs = Math.max(before, msOf(recvNs));
    let isGood = false;
    if (isObject(frame)) isGood = this.#readFrame(frame, start, end);
    else if (isObject(control)) isGood = this.#readControl(control);
    if (!isGood) {
      this.clockMs = before;
      return false;
    }
    this.good++;
    // The recorder's own notes (requests, what it sent) may come before the first market is known.
    if (Number.isNaN(this.firstMs) && (this.lines.length > 0 || isObject(frame))) {
      this.firstMs = this.clockMs;
    }
    return true;
  }

  #readFrame(frame: Json, start: number, end: number): boolean {
    const { type, msg } = frame;
    if (typeof type !== "string") return false;
    if (type === "subscribed") return this.#readSubscribed(msg);
    const channel = CHANNELS.get(type);
    if (channel === undefined) return true;
    const { sid, seq } = frame;
    if (!isObject(msg) || typeof sid !== "number") return false;
    const ticker = msg["market_ticker"];
    if (typeof ticker !== "string") return false;
    if (typeof msg["market_id"] === "string") this.marketIds.set(ticker, msg["market_id"]);
    this.#lastFrame = this.lines.length;
    this.#framesInConnection++;
    this.lines.push({
      kind: "frame",
      recvMs: this.clockMs,
      channel,
      ticker,
      sid,
      seq: typeof seq === "number" ? seq : null,
      connection: this.sids.length - 1,
      start,
      end,
    });
    return true;
  }

  #readSubscribed(msg: unknown): boolean {
    if (!isObject(msg)) return false;
    const { channel, sid } = msg;
    if (typeof channel !== "string" || typeof sid !== "number") return false;
    this.sids.at(-1)?.set(channel, sid);
    return true;
  }

  #readControl(control: Json): boolean {
    if (control["event"] === "connected") this.#startConnection();
    if (control["event"] !== "watch_market") return typeof control["event"] === "string";
    const { market_ticker: ticker, close_time: closeTime, strike } = control;
    const closeMs = typeof closeTime === "string" ? parseUtcMs(closeTime) : undefined;
    if (typeof ticker !== "string" || closeMs === undefined) return false;
    this.lines.push({
      kind: "market",
      recvMs: this.clockMs,
      ticker,
      closeMs,
      strike: typeof strike === "number" ? strike : null,
    });
    return true;
  }

  // The recorder notes only when the new connection begins; the old one ended right after its last frame.
  #startConnection(): void {
    if (this.#framesInConnection === 0) return;
    const recvMs = this.lines[this.#lastFrame]?.recvMs ?? this.clockMs;
    this.lines.splice(this.#lastFrame + 1, 0, { kind: "disconnect", recvMs });
    this.#framesInConnection = 0;
    this.sids.push(new Map());
  }
}
