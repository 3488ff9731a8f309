import type { SpotVenue, VenueListener, VenueTrade } from "../../scenario/spot-venue.ts";
import type { FaultBox, FrameKind } from "../faults.ts";
import type { Link } from "../link.ts";
import { type SpotGround, VenueMarkets } from "../markets.ts";
import { MicroClock, microStamp, sizeText, trimmed } from "../text.ts";
import type { FailureDetails, SpotReply, SpotRequest, SpotServer, SpotSession } from "../types.ts";
import { VenueClock } from "../venue-clock.ts";
import { type BitstampBook, type BitstampBooks, bookJson, priceText, symbolOf } from "./books.ts";
import { BitstampRest } from "./rest.ts";
import { type BitstampHost, BitstampSession } from "./session.ts";

const BOOK_LEVELS = 100;
const RECONNECT = '{"event":"bts:request_reconnect","channel":"","data":""}';

/** Bitstamp's public WebSocket (spot-feeds.md §4.6). */
export class BitstampServer implements SpotServer, BitstampHost, BitstampBooks {
  readonly clock: VenueClock;
  readonly #markets: VenueMarkets;
  readonly #rest = new BitstampRest(this);
  readonly #sessions = new Set<BitstampSession>();
  readonly #books = new Map<string, BitstampBook>();
  readonly #micros = new MicroClock();

  constructor(ground: SpotGround, faults: FaultBox) {
    this.clock = new VenueClock(ground, faults);
    this.#markets = new VenueMarkets(ground, "bitstamp", faults, (market) => this.#listen(market));
  }

  connect(link: Link): SpotSession {
    const session = new BitstampSession(this, link);
    this.#sessions.add(session);
    return session;
  }

  forget(session: BitstampSession): void {
    this.#sessions.delete(session);
  }

  coins(): readonly string[] {
    return this.#markets.coins();
  }

  coinOf(symbol: string): string | undefined {
    return this.coins().find((coin) => symbolOf(coin) === symbol);
  }

  lists(symbol: string): boolean {
    return this.coinOf(symbol) !== undefined;
  }

  book(coin: string): BitstampBook | undefined {
    const known = this.#books.get(coin);
    if (known !== undefined) return known;
    const market = this.#markets.get(coin);
    if (market === undefined) return undefined;
    const book = { market, changed: this.#stamp(this.clock.nowMs()) };
    this.#books.set(coin, book);
    return book;
  }

  #stamp(atMs: number): BitstampBook["changed"] {
    const ms = this.clock.stampMs(atMs);
    return { ms, us: this.#micros.next(ms) };
  }

  handleHttp(request: SpotRequest): SpotReply {
    return this.#rest.answer(request);
  }

  errorBody(status: number, { message }: FailureDetails = {}): string {
    const usual = status === 429 ? "API rate limit exceeded" : "Request failed";
    return JSON.stringify({ status: "error", reason: message ?? usual, code: `${status}.001` });
  }

  announceRestart(): void {
    for (const session of this.#sessions) session.send(RECONNECT, "control");
  }

  sendFirst(session: BitstampSession, kind: string, symbol: string): void {
    const book = this.book(this.coinOf(symbol) ?? "");
    if (kind === "order_book" && book !== undefined) session.send(topFrame(book), "book");
  }

  #listen(market: SpotVenue): VenueListener {
    const symbol = symbolOf(market.coin);
    return {
      onTrades: (trades) => {
        for (const trade of trades) {
          this.#tell(`live_trades_${symbol}`, "trade", () => this.#tradeFrame(market, trade));
        }
      },
      onBook: (changes, atMs) => {
        const book = this.book(market.coin);
        if (book === undefined) return;
        book.changed = this.#stamp(atMs);
        const channel = `diff_order_book_${symbol}`;
        this.#tell(`order_book_${symbol}`, "book", () => topFrame(book));
        this.#tell(channel, "book", () =>
          JSON.stringify({ data: bookJson(book, changes), channel, event: "data" }),
        );
      },
    };
  }

  #tradeFrame(market: SpotVenue, trade: VenueTrade): string {
    const ms = this.clock.stampMs(trade.atMs);
    const price = priceText(market, trade.price);
    const amount = sizeText(trade.size);
    const orders = [trade.id * 7 + 4, trade.id * 7 - 6];
    const [buyer, seller] = trade.isBuy ? orders : orders.toReversed();
    return `{"data":{"id":${trade.id},"timestamp":"${Math.floor(ms / 1000)}","amount":${trimmed(amount)},"amount_str":"${amount}","price":${trimmed(price)},"price_str":"${price}","type":${trade.isBuy ? 0 : 1},"microtimestamp":"${microStamp(ms, trade.id % 1000)}","buy_order_id":${buyer},"sell_order_id":${seller}},"channel":"live_trades_${symbolOf(market.coin)}","event":"trade"}`;
  }

  #tell(channel: string, kind: FrameKind, write: () => string): void {
    let text = "";
    for (const session of this.#sessions) {
      if (!session.isHearing(channel)) continue;
      if (text === "") text = write();
      session.send(text, kind);
    }
  }
}

/** The whole top of the book, sent at the start and at each change. */
function topFrame(book: BitstampBook): string {
  const { bids, asks } = book.market.book;
  const levels = { bids: bids.top(BOOK_LEVELS), asks: asks.top(BOOK_LEVELS) };
  const channel = `order_book_${symbolOf(book.market.coin)}`;
  return JSON.stringify({ data: bookJson(book, levels), channel, event: "data" });
}
