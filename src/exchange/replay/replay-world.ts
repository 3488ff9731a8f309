import { parsePrice, parseQty } from "../../core/units.ts";
import { seriesOf } from "../scenario/catalog.ts";
import type {
  Happening,
  World,
  WorldBook,
  WorldCandle,
  WorldMarket,
  WorldSeries,
  WorldSpot,
  WorldTrade,
} from "../world.ts";
import {
  type Capture,
  type CaptureLine,
  type FrameLine,
  isObject,
  type MarketLine,
  parseObject,
  readCapture,
} from "./read-capture.ts";
import { RecordedBook } from "./recorded-book.ts";
import { RecordedMarkets } from "./recorded-market.ts";
import { loadSpotTapes } from "./spot-tape.ts";
import { TapePlayer } from "./tape-player.ts";

/** Time after the last line in which clients still get what they asked for. */
const LINGER_MS = 2000;
const TRADES_MAX = 1000;

type Emit = (happening: Happening) => void;
type Json = Readonly<Record<string, unknown>>;

/** A recording served as a world. */
export interface ReplayWorld extends World {
  /** One sentence when the file ends in the middle of something, else null. */
  readonly truncated: string | null;
  /** Damaged lines that were skipped. */
  readonly badLines: number;
}

/** Opens a recording (`.jsonl` or `.jsonl.gz`) and the Coinbase trades beside it; throws `CaptureError`. */
export function openReplayWorld(path: string): ReplayWorld {
  const capture = readCapture(path);
  const tapes = loadSpotTapes(path, capture.startMs, capture.lastMs);
  return new CaptureWorld(
    capture,
    tapes.map((tape) => new TapePlayer(tape)),
  );
}

class CaptureWorld implements ReplayWorld {
  readonly startMs: number;
  readonly truncated: string | null;
  readonly badLines: number;
  readonly #capture: Capture;
  readonly #tapes: readonly TapePlayer[];
  readonly #markets: RecordedMarkets;
  readonly #books = new Map<string, RecordedBook>();
  readonly #trades = new Map<string, WorldTrade[]>();
  readonly #announced = new Set<string>();
  readonly #watched = new Set<string>();
  readonly #endMs: number;
  #cursor = 0;
  #frameCursor = 0;
  #nowMs: number;

  constructor(capture: Capture, tapes: readonly TapePlayer[]) {
    this.startMs = capture.startMs;
    this.truncated = capture.truncated;
    this.badLines = capture.badLines;
    this.#capture = capture;
    this.#tapes = tapes;
    this.#markets = new RecordedMarkets(capture.marketIds);
    this.#endMs = capture.lastMs + LINGER_MS;
    this.#nowMs = capture.startMs;
    // Known at the start without waiting for the first step: a client lists markets before it lets time pass.
    for (const line of capture.lines) {
      if (line.kind !== "market") continue;
      this.#watched.add(line.ticker);
      if (Math.floor(line.recvMs) <= this.startMs) this.#markets.register(line);
    }
    this.#markets.refresh(this.#nowMs);
    this.#skipToFrame();
  }

  nowMs(): number {
    return this.#nowMs;
  }

  get ended(): boolean {
    return this.#nowMs >= this.#endMs && this.#cursor >= this.#capture.lines.length;
  }

  // The end counts as something to come, so that whoever jumps from happening to happening reaches it.
  nextMs(): number | null {
    if (this.ended) return null;
    const next = Math.min(this.#nextLineMs(), this.#nextTapeMs(), this.#nextSettledMs());
    return Number.isFinite(next) ? Math.floor(next) : this.#endMs;
  }

  #nextLineMs(): number {
    return this.#capture.lines[this.#cursor]?.recvMs ?? Number.POSITIVE_INFINITY;
  }

  #nextTapeMs(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const tape of this.#tapes) next = Math.min(next, tape.nextMs());
    return next;
  }

  #nextSettledMs(): number {
    return this.#markets.nextSettledMs() ?? Number.POSITIVE_INFINITY;
  }

  runUntil(ms: number, emit: Emit): void {
    const limit = Math.floor(ms) + 1;
    for (;;) {
      const settled = this.#nextSettledMs();
      const tape = this.#nextTapeMs();
      const line = this.#nextLineMs();
      const next = Math.min(settled, tape, line);
      if (next >= limit) break;
      this.#moveClock(Math.floor(next));
      if (settled === next) this.#markets.settleFirst(emit);
      else if (tape === next) this.#tapes.find((each) => each.nextMs() === next)?.serve(emit);
      else this.#serveLine(emit);
    }
    this.#moveClock(Math.floor(ms));
  }

  #moveClock(ms: number): void {
    if (ms <= this.#nowMs) return;
    this.#nowMs = ms;
    this.#markets.refresh(ms);
  }

  #serveLine(emit: Emit): void {
    const line = this.#capture.lines[this.#cursor];
    if (line === undefined) return;
    this.#cursor++;
    if (this.#frameCursor < this.#cursor) this.#skipToFrame();
    const atMs = Math.floor(line.recvMs);
    if (line.kind === "frame") this.#serveFrame(line, emit);
    else if (line.kind === "market") this.#serveMarket(line, emit);
    else emit({ type: "disconnect", atMs });
  }

  #serveMarket(line: MarketLine, emit: Emit): void {
    const isRepeated = this.#announced.has(line.ticker);
    this.#announced.add(line.ticker);
    this.#markets.announce(line, isRepeated, emit);
    this.#markets.refresh(this.#nowMs);
  }

  #serveFrame(line: FrameLine, emit: Emit): void {
    const { start, end, channel, ticker, sid, seq } = line;
    const frame = parseObject(this.#capture.bytes.toString("utf8", start, end))?.["frame"];
    if (!isObject(frame)) return;
    if (isObject(frame["msg"])) this.#follow(line, frame["type"], frame["msg"]);
    const atMs = Math.floor(line.recvMs);
    const text = `${JSON.stringify(frame)}\n`;
    emit({ type: "frame", channel, ticker, sid, seq, text, atMs });
  }

  #follow(line: FrameLine, type: unknown, msg: Json): void {
    if (line.channel === "ticker") this.#followTicker(line.ticker, msg);
    else if (line.channel === "trade") this.#followTrade(line, msg);
    else if (type === "orderbook_snapshot") this.#bookOf(line.ticker).applySnapshot(msg);
    else this.#bookOf(line.ticker).applyDelta(msg);
  }

  #bookOf(ticker: string): RecordedBook {
    const known = this.#books.get(ticker);
    if (known !== undefined) return known;
    const book = new RecordedBook();
    this.#books.set(ticker, book);
    return book;
  }

  #followTicker(ticker: string, msg: Json): void {
    const market = this.#markets.get(ticker);
    if (market === undefined) return;
    market.lastCc = parsePrice(String(msg["price_dollars"])) ?? market.lastCc;
    market.volumeCq = parseQty(String(msg["volume_fp"])) ?? market.volumeCq;
    market.openInterestCq = parseQty(String(msg["open_interest_fp"])) ?? market.openInterestCq;
  }

  #followTrade(line: FrameLine, msg: Json): void {
    const yesPriceCc = parsePrice(String(msg["yes_price_dollars"]));
    const countCq = parseQty(String(msg["count_fp"]));
    const tradeId = msg["trade_id"];
    if (yesPriceCc === undefined || countCq === undefined || typeof tradeId !== "string") return;
    const tsMs = msg["ts_ms"];
    const trades = this.#trades.get(line.ticker) ?? [];
    this.#trades.set(line.ticker, trades);
    trades.push({
      tradeId,
      ticker: line.ticker,
      yesPriceCc,
      countCq,
      takerSide: msg["taker_side"] === "no" ? "no" : "yes",
      atMs: typeof tsMs === "number" ? tsMs : Math.floor(line.recvMs),
    });
    if (trades.length > 2 * TRADES_MAX) trades.splice(0, TRADES_MAX);
  }

  series(): readonly WorldSeries[] {
    const tickers = new Set(this.markets().map((market) => market.seriesTicker));
    return [...tickers].map(seriesOf);
  }

  markets(): readonly WorldMarket[] {
    return this.#markets.list();
  }

  market(ticker: string): WorldMarket | undefined {
    return this.#markets.get(ticker);
  }

  book(ticker: string): WorldBook | undefined {
    const book = this.#books.get(ticker);
    if (book !== undefined) return book.read();
    return this.market(ticker) === undefined ? undefined : { yes: [], no: [] };
  }

  trades(ticker: string): readonly WorldTrade[] {
    return (this.#trades.get(ticker) ?? []).slice(-TRADES_MAX).toReversed();
  }

  floor(): undefined {
    return undefined;
  }

  products(): readonly string[] {
    return this.#tapes.map((tape) => tape.product);
  }

  spot(product: string): WorldSpot | undefined {
    return this.#tapes.find((tape) => tape.product === product)?.spot();
  }

  candles(product: string, fromS: number, toS: number, granularityS: number): WorldCandle[] {
    const tape = this.#tapes.find((each) => each.product === product);
    return tape?.candles({ fromS, toS, granularityS }, this.#nowMs) ?? [];
  }

  indexIds(): readonly string[] {
    return [];
  }

  recordedSid(channel: string): number | undefined {
    const next = this.#capture.lines[this.#frameCursor];
    const connection = next?.kind === "frame" ? next.connection : this.#capture.sids.length - 1;
    return this.#capture.sids[connection]?.get(channel);
  }

  awaits(): { readonly channel: string; readonly ticker: string } | null {
    const next = this.#capture.lines[this.#frameCursor];
    if (next?.kind !== "frame") return null;
    const { channel, ticker } = next;
    // Spot trades before the frame go on being served: time is held at the frame itself, not from the one before it.
    if (Math.floor(next.recvMs) > (this.nextMs() ?? Number.POSITIVE_INFINITY)) return null;
    // Nobody can listen to a market that is not listed yet: holding time for it would hold it for ever.
    const isYetToCome = this.#watched.has(ticker) && this.market(ticker) === undefined;
    return isYetToCome ? null : { channel, ticker };
  }

  #skipToFrame(): void {
    const { lines } = this.#capture;
    this.#frameCursor = Math.max(this.#frameCursor, this.#cursor);
    while (this.#frameCursor < lines.length && !isFrame(lines[this.#frameCursor])) {
      this.#frameCursor++;
    }
  }
}

function isFrame(line: CaptureLine | undefined): boolean {
  return line?.kind === "frame";
}
