import type { SpotVenue, VenueListener, VenueTrade } from "../../scenario/spot-venue.ts";
import type { FaultBox, FrameKind } from "../faults.ts";
import type { Link } from "../link.ts";
import { type SpotGround, VenueMarkets } from "../markets.ts";
import { MicroClock } from "../text.ts";
import type { FailureDetails, SpotReply, SpotRequest, SpotServer, SpotSession } from "../types.ts";
import { VenueClock } from "../venue-clock.ts";
import { DepthView } from "./depth-view.ts";
import { bookJson, candleJson, dataFrame, type Stamp, tickerJson, tradeJson } from "./frames.ts";
import { assetJson, namesOf, pairJson, symbolOf } from "./pairs.ts";
import { KrakenRest } from "./rest.ts";
import { type KrakenHost, KrakenSession, keyOf, type Subscription } from "./session.ts";

const TRADES_IN_SNAPSHOT = 50;
const CANDLES_IN_SNAPSHOT = 100;
/** Beyond 2^53, as the real ones are: whoever parses it as a number gets another one. */
const FIRST_CONNECTION = 13_834_774_380_200_032_777n;

/** What the sessions of one symbol share, so that a frame is written once for all who get it. */
interface Board {
  readonly market: SpotVenue;
  /** By depth, as long as anybody is subscribed to it. */
  readonly views: Map<number, DepthView>;
  touch: string;
}

/** Kraken v2 (spot-feeds.md §2). */
export class KrakenServer implements SpotServer, KrakenHost {
  readonly #clock: VenueClock;
  readonly #markets: VenueMarkets;
  readonly #rest: KrakenRest;
  readonly #sessions = new Set<KrakenSession>();
  readonly #boards = new Map<string, Board>();
  readonly #micros = new MicroClock();
  #connections = 0n;

  constructor(ground: SpotGround, faults: FaultBox) {
    this.#clock = new VenueClock(ground, faults);
    this.#markets = new VenueMarkets(ground, "kraken", faults, (market) => this.#listen(market));
    this.#rest = new KrakenRest(this.#markets, faults);
  }

  lists(symbol: string): boolean {
    return this.#markets.coins().some((coin) => symbolOf(coin) === symbol);
  }

  connect(link: Link): SpotSession {
    this.#connections++;
    link.send(this.#statusFrame(FIRST_CONNECTION + this.#connections * 4096n));
    const session = new KrakenSession(this.#clock, this, link);
    this.#sessions.add(session);
    return session;
  }

  forget(session: KrakenSession): void {
    this.#sessions.delete(session);
  }

  handleHttp(request: SpotRequest): SpotReply {
    return this.#rest.answer(request);
  }

  errorBody(status: number, details: FailureDetails = {}): string {
    const usual = status === 429 ? "EGeneral:Too many requests" : "EService:Unavailable";
    return JSON.stringify({ error: [details.message ?? usual] });
  }

  statusChanged(): void {
    for (const session of this.#sessions) {
      session.send(this.#statusFrame(FIRST_CONNECTION), "control");
    }
  }

  #statusFrame(connectionId: bigint): string {
    const { status } = this.#clock.faults.now;
    return `{"channel":"status","type":"update","data":[{"version":"2.0.10","system":"${status}","api_version":"v2","connection_id":${connectionId}}]}`;
  }

  #stamp(atMs: number): Stamp {
    const ms = this.#clock.stampMs(atMs);
    return { ms, us: this.#micros.next(ms) };
  }

  #board(symbol: string): Board | undefined {
    const known = this.#boards.get(symbol);
    if (known !== undefined) return known;
    const coin = this.#markets.coins().find((each) => symbolOf(each) === symbol);
    const market = coin === undefined ? undefined : this.#markets.get(coin);
    if (market === undefined) return undefined;
    const board = { market, views: new Map<number, DepthView>(), touch: "" };
    this.#boards.set(symbol, board);
    return board;
  }

  sendFirst(session: KrakenSession, subscription: Subscription): void {
    const { channel, symbol, size, wantsSnapshot } = subscription;
    if (channel === "instrument") {
      if (wantsSnapshot) session.send(this.#instruments(), "control");
      return;
    }
    const board = this.#board(symbol);
    if (board === undefined) return;
    const view = channel === "book" ? this.#view(board, size) : undefined;
    if (!wantsSnapshot) return;
    const nowMs = this.#clock.nowMs();
    if (view !== undefined) {
      const levels = { bids: view.bids(), asks: view.asks() };
      const data = bookJson(board.market, view, levels, this.#stamp(nowMs));
      session.send(dataFrame("book", "snapshot", data), "book");
    } else if (channel === "ticker") {
      const data = tickerJson(board.market, nowMs, this.#stamp(nowMs));
      session.send(dataFrame("ticker", "snapshot", data), "quote");
    } else if (channel === "trade") {
      const trades = board.market.recent(TRADES_IN_SNAPSHOT);
      session.send(this.#tradesFrame(board.market, trades, "snapshot"), "trade");
    } else {
      session.send(this.#candles(board.market, size), "quote");
    }
  }

  #view(board: Board, depth: number): DepthView {
    const known = board.views.get(depth);
    if (known !== undefined) return known;
    const view = new DepthView(board.market.book, depth);
    board.views.set(depth, view);
    return view;
  }

  #instruments(): string {
    const coins = this.#markets.coins();
    const assets = coins.map((coin) => {
      const { precision, displayPrecision } = namesOf(coin);
      return assetJson(coin, precision, displayPrecision);
    });
    const pairs = coins.flatMap((coin) => {
      const market = this.#markets.get(coin);
      return market === undefined ? [] : [pairJson(coin, market.pair)];
    });
    const all = [...assets, assetJson("USD", 4, 2)].join(",");
    return dataFrame("instrument", "snapshot", `{"assets":[${all}],"pairs":[${pairs.join(",")}]}`);
  }

  #tradesFrame(
    market: SpotVenue,
    trades: readonly VenueTrade[],
    type: "snapshot" | "update",
  ): string {
    const each = trades.map((trade) => tradeJson(market, trade, this.#clock.stampMs(trade.atMs)));
    return dataFrame("trade", type, `[${each.join(",")}]`);
  }

  #candles(market: SpotVenue, minutes: number): string {
    const nowS = Math.floor(this.#clock.nowMs() / 1000);
    const found = market.candles.read(0, nowS + 60, minutes * 60).slice(-CANDLES_IN_SNAPSHOT);
    const each = found.map((candle) => candleJson(market, candle, minutes));
    return dataFrame("ohlc", "snapshot", `[${each.join(",")}]`);
  }

  #listen(market: SpotVenue): VenueListener {
    const symbol = symbolOf(market.coin);
    return {
      onTrades: (trades, atMs) => {
        const key = keyOf({ channel: "trade", symbol, size: 0, ...ANY });
        this.#tell(key, "trade", () => this.#tradesFrame(market, trades, "update"));
        this.#ticker(market, atMs, false);
        this.#ohlc(market, atMs);
      },
      onBook: (_, atMs) => {
        const board = this.#boards.get(symbol);
        if (board === undefined) return;
        for (const [depth, view] of board.views) {
          const key = keyOf({ channel: "book", symbol, size: depth, ...ANY });
          if (this.#isHeard(key)) this.#book(market, view, { key, atMs });
          else board.views.delete(depth);
        }
        const { bids, asks } = market.book;
        const touch = `${bids.priceAt(0)} ${bids.sizeAt(0)} ${asks.priceAt(0)} ${asks.sizeAt(0)}`;
        if (touch !== board.touch) this.#ticker(market, atMs, true);
        board.touch = touch;
      },
    };
  }

  #book(market: SpotVenue, view: DepthView, at: { key: string; atMs: number }): void {
    const change = view.update();
    if (change === null) return;
    this.#tell(at.key, "book", () =>
      dataFrame("book", "update", bookJson(market, view, change, this.#stamp(at.atMs))),
    );
  }

  #isHeard(key: string): boolean {
    for (const session of this.#sessions) if (session.find(key) !== undefined) return true;
    return false;
  }

  #ticker(market: SpotVenue, atMs: number, isBbo: boolean): void {
    const key = keyOf({ channel: "ticker", symbol: symbolOf(market.coin), size: 0, ...ANY });
    this.#tell(
      key,
      "quote",
      () => dataFrame("ticker", "update", tickerJson(market, atMs, this.#stamp(atMs))),
      (subscription) => subscription.isBbo === isBbo,
    );
  }

  #ohlc(market: SpotVenue, atMs: number): void {
    for (const minutes of [1, 5, 15, 30, 60, 240, 1440, 10_080, 21_600]) {
      const key = keyOf({ channel: "ohlc", symbol: symbolOf(market.coin), size: minutes, ...ANY });
      this.#tell(key, "quote", () => {
        const fromS = Math.floor(atMs / 1000 / (minutes * 60)) * minutes * 60;
        const [candle] = market.candles.read(fromS, fromS + 1, minutes * 60);
        const each = candle === undefined ? "" : candleJson(market, candle, minutes);
        return dataFrame("ohlc", "update", `[${each}]`);
      });
    }
  }

  /** Sends what `write` makes, made at most once, to everybody with this subscription. */
  #tell(
    key: string,
    kind: FrameKind,
    write: () => string,
    isFor: (subscription: Subscription) => boolean = () => true,
  ): void {
    let text = "";
    for (const session of this.#sessions) {
      const subscription = session.find(key);
      if (subscription === undefined || !isFor(subscription)) continue;
      if (text === "") text = write();
      session.send(text, kind);
    }
  }
}

/** The parts of a subscription that its key leaves out. */
const ANY = { isBbo: false, wantsSnapshot: false };
