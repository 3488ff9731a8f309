import type { BookChanges } from "../../scenario/spot-book.ts";
import type { SpotVenue, VenueListener, VenueTrade } from "../../scenario/spot-venue.ts";
import type { Refusal } from "../../server/types.ts";
import type { FaultBox, FrameKind } from "../faults.ts";
import type { Link } from "../link.ts";
import { type SpotGround, VenueMarkets } from "../markets.ts";
import type { FailureDetails, SpotReply, SpotRequest, SpotServer, SpotSession } from "../types.ts";
import { VenueClock } from "../venue-clock.ts";
import {
  aggTradeJson,
  bookTickerJson,
  dayFigures,
  depthJson,
  klineJson,
  miniTickerJson,
  snapshotJson,
  type TimeText,
  tickerJson,
  tradeJson,
} from "./frames.ts";
import { Funding, markPriceJson } from "./funding.ts";
import { BinanceRest } from "./rest.ts";
import { type BinanceHost, type BinanceRules, BinanceSession } from "./session.ts";
import { INTERVALS, symbolOf } from "./symbols.ts";

const SPOT: BinanceRules = {
  pingMs: 20_000,
  pongWithinMs: 60_000,
  messagesPerSecond: 5,
  streams: /^[a-z0-9]+@(?!markPrice)/,
};
const FUTURES: BinanceRules = {
  pingMs: 180_000,
  pongWithinMs: 600_000,
  messagesPerSecond: 10,
  streams: /^[a-z0-9]+@markPrice/,
};
const SECOND = 1000;
const RESTRICTED =
  "Service unavailable from a restricted location according to 'b. Eligibility' in https://www.binance.com/en/terms. Please contact customer service if you believe you received this message in error.";

type Write = (at: TimeText) => string;

/** Changes of a book since a diff stream's last frame. */
interface Pending {
  firstId: number;
  readonly bids: Map<number, number>;
  readonly asks: Map<number, number>;
}

/** Binance spot, and as much of the USD-M futures as funding needs (spot-feeds.md §3). */
export class BinanceServer implements SpotServer, BinanceHost {
  readonly clock: VenueClock;
  readonly #markets: VenueMarkets;
  readonly #rest: BinanceRest;
  readonly #funding: Funding;
  readonly #sessions = new Set<BinanceSession>();
  /** Streams that run on a clock of their own, once they were asked for. */
  readonly #timed = new Set<string>();
  readonly #touches = new Map<string, string>();
  /** By diff stream. */
  readonly #pending = new Map<string, Pending>();

  constructor(ground: SpotGround, faults: FaultBox) {
    this.clock = new VenueClock(ground, faults);
    this.#markets = new VenueMarkets(ground, "binance", faults, (market) => this.#listen(market));
    this.#funding = new Funding(ground);
    this.#rest = new BinanceRest(this.#markets, this.#funding);
  }

  connect(link: Link, path: string): SpotSession | Refusal {
    const isFutures = path.startsWith("/binance-futures/");
    const route = /^\/[^/]+(?:\/(?:market|public|private))?\/(?:ws(?:\/|$)|stream$)/;
    if (!route.test(path.split("?", 1)[0] ?? "")) return { status: 404, body: "" };
    const session = new BinanceSession(this, link, path, isFutures ? FUTURES : SPOT);
    this.#sessions.add(session);
    return session;
  }

  forget(session: BinanceSession): void {
    this.#sessions.delete(session);
  }

  handleHttp(request: SpotRequest): SpotReply {
    return this.#rest.answer(request);
  }

  errorBody(status: number, { message }: FailureDetails = {}): string {
    if (status === 451) return JSON.stringify({ code: 0, msg: message ?? RESTRICTED });
    const isLimit = status === 429 || status === 418;
    const usual = isLimit
      ? "Too much request weight used; please use WebSocket Streams for live updates to avoid polling the API."
      : "Internal error; unable to process your request. Please try again.";
    return JSON.stringify({ code: isLimit ? -1003 : -1001, msg: message ?? usual });
  }

  announceRestart(): void {
    for (const session of this.#sessions) session.announceShutdown();
  }

  /** A client named a stream: its market begins, and its clock if it has one. */
  subscribed(stream: string): void {
    const [symbol = "", name = "", speed = ""] = stream.split("@");
    const coin = this.#markets.coins().find((each) => symbolOf(each).toLowerCase() === symbol);
    const market = coin === undefined ? undefined : this.#markets.get(coin);
    if (market === undefined || this.#timed.has(stream)) return;
    const periodMs = periodOf(name, speed);
    if (periodMs === null) return;
    this.#timed.add(stream);
    if (name === "depth") this.#pending.set(stream, nothingPending(market));
    // On the grid of the clock, so that a candle's end is one of its moments.
    this.clock.later(periodMs - (this.clock.nowMs() % periodMs), () => {
      this.#tick(stream, name, market);
      return periodMs;
    });
  }

  #tick(stream: string, name: string, market: SpotVenue): void {
    if (name === "depth") this.#flushDepth(stream, market);
    else if (name.startsWith("depth")) {
      const levels = Number(name.slice("depth".length));
      this.#tell(stream, "book", () => snapshotJson(market, levels));
    } else if (name.startsWith("kline_")) this.#klines(stream, name.slice(6), market);
    else if (isTicker(name)) {
      const figures = dayFigures(market, this.clock.nowMs());
      const write = name === "ticker" ? tickerJson : miniTickerJson;
      if (figures !== null) this.#tell(stream, "quote", (at) => write(market, figures, at));
    } else {
      const nowMs = this.clock.nowMs();
      this.#tell(stream, "quote", (at) =>
        markPriceJson(this.#funding.premium(market, nowMs), at, nowMs),
      );
    }
  }

  #klines(stream: string, interval: string, market: SpotVenue): void {
    const lengthS = INTERVALS.get(interval) ?? 60;
    const nowMs = this.clock.nowMs();
    const startS = Math.floor(nowMs / 1000 / lengthS) * lengthS;
    const isEnd = nowMs === startS * 1000;
    // At its end a candle is told once more, as final.
    const toS = isEnd ? startS - lengthS : startS;
    const candle = market.candles.readFlat(toS - 30 * lengthS, toS, lengthS).at(-1);
    if (candle === undefined) return;
    this.#tell(stream, "quote", (at) => {
      const frame = { interval, lengthS, isClosed: isEnd, eventTime: at(nowMs) };
      return klineJson(market, candle, frame, at);
    });
  }

  #flushDepth(stream: string, market: SpotVenue): void {
    const pending = this.#pending.get(stream);
    if (pending === undefined || pending.bids.size + pending.asks.size === 0) return;
    this.#pending.set(stream, nothingPending(market));
    const diff = { firstId: pending.firstId, lastId: market.book.updateId, changes: pending };
    const nowMs = this.clock.nowMs();
    this.#tell(stream, "book", (at) => depthJson(market, diff, at(nowMs)));
  }

  #listen(market: SpotVenue): VenueListener {
    const symbol = symbolOf(market.coin).toLowerCase();
    return {
      onTrades: (trades) => this.#trades(market, symbol, trades),
      onBook: (changes) => {
        this.#collect(symbol, changes);
        const touch = touchOf(market);
        if (touch === this.#touches.get(symbol)) return;
        this.#touches.set(symbol, touch);
        this.#tell(`${symbol}@bookTicker`, "quote", () => bookTickerJson(market));
      },
    };
  }

  #collect(symbol: string, changes: BookChanges): void {
    for (const [stream, pending] of this.#pending) {
      if (!stream.startsWith(`${symbol}@`)) continue;
      for (const [price, size] of changes.bids) pending.bids.set(price, size);
      for (const [price, size] of changes.asks) pending.asks.set(price, size);
    }
  }

  #trades(market: SpotVenue, symbol: string, trades: readonly VenueTrade[]): void {
    for (const trade of trades) {
      this.#tell(`${symbol}@trade`, "trade", (at) => tradeJson(market, trade, at));
      this.#tell(`${symbol}@aggTrade`, "trade", (at) => aggTradeJson(market, trade, at));
    }
  }

  /** Sends a frame to everybody on a stream, written once for each unit of time. */
  #tell(stream: string, kind: FrameKind, write: Write): void {
    const texts: { ms?: string; us?: string } = {};
    for (const session of this.#sessions) {
      if (!session.isHearing(stream)) continue;
      const text = texts[session.unit] ?? write(session.time);
      texts[session.unit] = text;
      session.send(stream, text, kind);
    }
  }
}

function isTicker(name: string): boolean {
  return name === "ticker" || name === "miniTicker";
}

function touchOf({ book }: SpotVenue): string {
  const { bids, asks } = book;
  return `${bids.priceAt(0)} ${bids.sizeAt(0)} ${asks.priceAt(0)} ${asks.sizeAt(0)}`;
}

function nothingPending(market: SpotVenue): Pending {
  return { firstId: market.book.updateId + 1, bids: new Map(), asks: new Map() };
}

/** How often a stream speaks; null for one that follows the market, or does not exist. */
function periodOf(name: string, speed: string): number | null {
  if (/^depth(?:5|10|20)?$/.test(name)) {
    if (speed === "100ms") return 100;
    return speed === "" || speed === "1000ms" ? SECOND : null;
  }
  if (name.startsWith("kline_")) return INTERVALS.has(name.slice(6)) ? 2 * SECOND : null;
  if (isTicker(name)) return SECOND;
  if (name !== "markPrice") return null;
  return speed === "1s" ? SECOND : 3 * SECOND;
}
