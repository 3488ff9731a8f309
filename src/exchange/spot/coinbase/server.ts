import type { BookChanges } from "../../scenario/spot-book.ts";
import type { Happening, World, WorldCandle, WorldSpot, WorldSpotTrade } from "../../world.ts";
import type { FaultBox } from "../faults.ts";
import type { Link } from "../link.ts";
import type { SpotGround } from "../markets.ts";
import type { FailureDetails, SpotReply, SpotRequest, SpotServer } from "../types.ts";
import { VenueClock } from "../venue-clock.ts";
import { CoinbaseBook } from "./book.ts";
import { bookJson, levelsJson, productStatusJson, tickerJson, tradeJson } from "./frames.ts";
import { SpotMemory } from "./memory.ts";
import { answer, type CoinbaseMarkets, coinbaseError } from "./rest.ts";
import { type CoinbaseHost, CoinbaseSession } from "./session.ts";

const LEVEL2_MS = 50;
const CROSSED_USD = 0.04;

/** Coinbase Advanced: its trades and touch are the world's own; the book behind the touch is drawn here. */
export class CoinbaseServer implements SpotServer, CoinbaseHost, CoinbaseMarkets {
  readonly clock: VenueClock;
  readonly #world: World;
  readonly #ground: SpotGround;
  readonly #memory: SpotMemory;
  readonly #sessions = new Set<CoinbaseSession>();
  readonly #books = new Map<string, CoinbaseBook>();
  /** What a product was last seen at; a quiet market stays there. */
  readonly #shown = new Map<string, WorldSpot>();
  /** Trades that a quiet market did not have, so that its trade ids have no hole. */
  readonly #missed = new Map<string, number>();

  constructor(ground: SpotGround, faults: FaultBox) {
    this.#ground = ground;
    this.#world = ground.world;
    this.#memory = new SpotMemory(ground.world);
    this.clock = new VenueClock(ground, faults);
  }

  get startMs(): number {
    return this.#world.startMs;
  }

  connect(link: Link): CoinbaseSession {
    const session = new CoinbaseSession(this, link);
    this.#sessions.add(session);
    return session;
  }

  forget(session: CoinbaseSession): void {
    this.#sessions.delete(session);
  }

  handleHttp(request: SpotRequest): SpotReply {
    return answer(this, request);
  }

  errorBody(status: number, details: FailureDetails = {}): string {
    if (status === 429) {
      return coinbaseError("RESOURCE_EXHAUSTED", details.message ?? "rate limit exceeded");
    }
    return coinbaseError("UNKNOWN", details.message ?? "request failed");
  }

  products(): readonly string[] {
    return this.#world.products();
  }

  /** USDC markets are the dollar's under another name. */
  productOf(asked: string): string | undefined {
    const listed = this.#world.products();
    return [asked, asked.replace(/-USDC$/, "-USD")].find((product) => listed.includes(product));
  }

  candles(
    product: string,
    span: { readonly fromS: number; readonly toS: number; readonly granularityS: number },
  ): readonly WorldCandle[] {
    return this.#world.candles(product, span.fromS, span.toS, span.granularityS);
  }

  /** Newest trades of a product, newest first. */
  recentTrades(product: string, limit?: number): readonly WorldSpotTrade[] {
    return this.#memory.recent(product, limit);
  }

  day(spot: WorldSpot): ReturnType<SpotMemory["day"]> {
    return this.#memory.day(spot);
  }

  /** Touch and last price as this venue shows them. */
  spot(product: string): WorldSpot | undefined {
    const { quiet, priceFactor, book } = this.clock.faults.now;
    const shown = this.#shown.get(product);
    if (quiet && shown !== undefined) return shown;
    const spot = this.#world.spot(product);
    if (spot === undefined) return undefined;
    const priced = priceFactor === 1 ? spot : scaled(spot, priceFactor);
    const seen = bent(priced, book);
    this.#shown.set(product, seen);
    return seen;
  }

  /** Level 2 of a product, begun when it is first asked for. */
  book(product: string): CoinbaseBook | undefined {
    const known = this.#books.get(product);
    if (known !== undefined) return known;
    const spot = this.spot(product);
    if (spot === undefined) return undefined;
    const book = new CoinbaseBook(product, spot, this.#ground);
    this.#books.set(product, book);
    this.clock.later(LEVEL2_MS, () => {
      const now = this.spot(product);
      if (now !== undefined && !this.clock.faults.now.quiet) book.churn(now);
      const changes = book.book.takeChanges();
      if (changes !== null) this.#level2(product, changes);
      return LEVEL2_MS;
    });
    return book;
  }

  sendSnapshots(session: CoinbaseSession, channel: string, products: readonly string[]): void {
    if (channel === "ticker" || channel === "ticker_batch") {
      this.#sendTickers(session, channel, { type: "snapshot", products });
    } else if (channel === "market_trades") {
      for (const product of products) {
        const trades = this.recentTrades(product).map((trade) => this.#tradeText(trade));
        session.send(channel, `{"type":"snapshot","trades":[${trades.join(",")}]}`);
      }
    } else if (channel === "level2") {
      for (const product of products) this.#sendBook(session, product);
    } else if (channel === "status") {
      const listed = products.length === 0 ? this.products() : products;
      const states = listed.map(productStatusJson).join(",");
      session.send(channel, `{"type":"snapshot","products":[${states}]}`);
    }
  }

  sendRepeated(session: CoinbaseSession, channel: string, products: readonly string[]): void {
    if (channel === "status") this.sendSnapshots(session, channel, products);
    else this.#sendTickers(session, channel, { type: "update", products });
  }

  #sendTickers(
    session: CoinbaseSession,
    channel: string,
    what: { readonly type: string; readonly products: readonly string[] },
  ): void {
    const tickers = what.products.flatMap((product) => {
      const spot = this.spot(product);
      return spot === undefined ? [] : [tickerJson(spot, this.day(spot))];
    });
    if (tickers.length === 0) return;
    session.send(channel, `{"type":"${what.type}","tickers":[${tickers.join(",")}]}`);
  }

  #sendBook(session: CoinbaseSession, product: string): void {
    const book = this.book(product)?.book;
    if (book === undefined) return;
    const atMs = this.clock.stampMs(this.clock.nowMs());
    const bids = levelsJson("bid", book.bids.top(book.bids.count), atMs);
    const offers = levelsJson("offer", book.asks.top(book.asks.count), atMs);
    session.send("level2", bookJson("snapshot", product, [...bids, ...offers]));
  }

  #level2(product: string, changes: BookChanges): void {
    let event = "";
    for (const session of this.#sessions) {
      if (!session.isHearing("level2", product)) continue;
      if (event === "") {
        const atMs = this.clock.stampMs(this.clock.nowMs());
        event = bookJson("update", product, [
          ...levelsJson("bid", changes.bids, atMs),
          ...levelsJson("offer", changes.asks, atMs),
        ]);
      }
      session.send("level2", event);
    }
  }

  #tradeText(trade: WorldSpotTrade): string {
    const atMs = this.clock.stampMs(trade.atMs);
    return tradeJson(atMs === trade.atMs ? trade : { ...trade, atMs });
  }

  publish(happening: Happening): void {
    if (happening.type === "spot") this.#spot(happening.spot.product);
    else if (happening.type === "spotTrades") this.#trades(happening.trades);
  }

  #spot(product: string): void {
    if (this.clock.faults.now.quiet) return;
    const spot = this.spot(product);
    if (spot === undefined) return;
    this.#books.get(product)?.follow(spot);
    let event = "";
    for (const session of this.#sessions) {
      if (!session.isHearing("ticker", product)) continue;
      if (event === "") {
        event = `{"type":"update","tickers":[${tickerJson(spot, this.day(spot))}]}`;
      }
      session.send("ticker", event);
    }
  }

  /** Trades as this venue shows them: none in a quiet market, others at a factor's price. */
  #seen(product: string, happened: readonly WorldSpotTrade[]): readonly WorldSpotTrade[] {
    const missed = this.#missed.get(product) ?? 0;
    const { quiet, priceFactor } = this.clock.faults.now;
    if (quiet) {
      this.#missed.set(product, missed + happened.length);
      return [];
    }
    if (missed === 0 && priceFactor === 1) return happened;
    return happened.map((trade) => ({
      ...trade,
      tradeId: trade.tradeId - missed,
      price: cents(trade.price * priceFactor),
    }));
  }

  #trades(happened: readonly WorldSpotTrade[]): void {
    const product = happened[0]?.product;
    if (product === undefined) return;
    const trades = this.#seen(product, happened);
    if (trades.length === 0) return;
    this.#memory.remember(trades);
    const spot = this.#books.has(product) ? this.spot(product) : undefined;
    if (spot !== undefined) this.#books.get(product)?.follow(spot);
    let event = "";
    for (const session of this.#sessions) {
      if (!session.isHearing("market_trades", product)) continue;
      if (event === "") {
        const texts = trades.map((trade) => this.#tradeText(trade));
        event = `{"type":"update","trades":[${texts.join(",")}]}`;
      }
      session.send("market_trades", event);
    }
  }
}

function cents(usd: number): number {
  return Math.round(usd * 100) / 100;
}

function scaled(spot: WorldSpot, factor: number): WorldSpot {
  const { bid, ask } = spot;
  return {
    ...spot,
    price: cents(spot.price * factor),
    bid: bid === null ? null : cents(bid * factor),
    ask: ask === null ? null : cents(ask * factor),
  };
}

function bent(spot: WorldSpot, book: "whole" | "crossed" | "one-sided"): WorldSpot {
  if (book === "one-sided") return { ...spot, ask: null, askSize: null };
  const { ask } = spot;
  return book === "crossed" && ask !== null ? { ...spot, bid: cents(ask + CROSSED_USD) } : spot;
}
