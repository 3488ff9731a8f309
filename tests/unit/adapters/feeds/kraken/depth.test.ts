import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { formatDecimal } from "../../../../../src/core/units.ts";
import { bookChecksum } from "../../../../../src/exchange/spot/kraken/checksum.ts";
import type { Feed } from "../../../../../src/ports.ts";
import { advance, type FakeNetwork } from "../../fakes.ts";
import { HEARTBEAT, KrakenRig, STATUS, TIME, ticker } from "./rig.ts";

const FIRST_SNAPSHOT_WAIT_S = 5;

let rig: KrakenRig;
let network: FakeNetwork;
let feed: Feed;
let running: Promise<void>;

function start(level2: boolean): void {
  rig = new KrakenRig(level2);
  ({ network, feed } = rig);
  running = rig.run();
  network.last.open();
}

afterEach(async () => {
  rig.stop.abort();
  await running;
});

/** Kraken's end of a book: levels in the smallest units of a price with so many digits, and in 1e-8 coins. */
class Server {
  readonly #symbol: string;
  readonly #digits: number;
  bids: [number, number][] = [];
  asks: [number, number][] = [];

  constructor(symbol: string, digits = 1) {
    this.#symbol = symbol;
    this.#digits = digits;
    this.bids = Array.from({ length: 12 }, (_, at) => [1000 - at, 50_000_000 + at]);
    this.asks = Array.from({ length: 12 }, (_, at) => [1002 + at, 10_000_000 * (at + 1)]);
  }

  snapshot(): string {
    return this.#frame("snapshot", this.bids, this.asks);
  }

  /** Changes the size of the bid of that rank. */
  update(rank: number, size: number): string {
    const price = this.bids[rank]?.[0] ?? 0;
    this.bids[rank] = [price, size];
    return this.#frame("update", [[price, size]], []);
  }

  #frame(type: string, bids: [number, number][], asks: [number, number][]): string {
    const text = (levels: [number, number][]): string =>
      levels
        .map(
          ([price, size]) =>
            `{"price":${formatDecimal(price, this.#digits)},"qty":${formatDecimal(size, 8)}}`,
        )
        .join(",");
    const checksum = bookChecksum(this.asks, this.bids);
    return `{"channel":"book","type":"${type}","data":[{"symbol":"${this.#symbol}","bids":[${text(bids)}],"asks":[${text(asks)}],"checksum":${checksum},"timestamp":"${TIME}"}]}`;
  }
}

const instrument = (precision: number, ...symbols: string[]): Record<string, unknown> => ({
  channel: "instrument",
  type: "snapshot",
  data: {
    assets: [],
    pairs: symbols.map((symbol) => ({ symbol, price_precision: precision, qty_precision: 8 })),
  },
});

const bookAcks = (reqId: number, ...symbols: string[]): Record<string, unknown>[] =>
  symbols.map((symbol) => ({
    method: "subscribe",
    result: { channel: "book", depth: 100, snapshot: true, symbol },
    success: true,
    req_id: reqId,
  }));

/** What was sent about books, without its numbers. */
const bookRequests = (): string[] =>
  network.last.sent.flatMap(({ method, params }) => {
    const { symbol, depth } = params as { symbol: string[]; depth?: number };
    return depth === undefined ? [] : [`${String(method)} ${symbol.join()} ${depth}`];
  });

const depths = (): string[] =>
  rig.events.map((event) =>
    event.type === "depth"
      ? `${event.product} ${event.kind}`
      : event.type === "gap"
        ? `gap:${event.reason} ${event.tickers.join()}`
        : event.type,
  );

const quote = (bid: number, ask: number): object => ({ bid, ask });

describe("books", () => {
  let btc: Server;

  beforeEach(() => {
    btc = new Server("BTC/USD");
    start(true);
    network.last.push(STATUS, instrument(1, "BTC/USD", "ETH/USD", "SOL/USD"));
  });

  test("are asked for once the digits of their pairs are known", () => {
    expect(network.last.sent[2]).toEqual({
      method: "subscribe",
      params: { channel: "instrument", snapshot: true },
      req_id: 3,
    });
    expect(network.last.sent.slice(3)).toEqual([
      {
        method: "subscribe",
        params: { channel: "book", symbol: ["BTC/USD", "SOL/USD"], depth: 100 },
        req_id: 4,
      },
    ]);
    network.last.push(instrument(1, "BTC/USD", "SOL/USD"));
    expect(network.last.sent).toHaveLength(4);
  });

  test("a snapshot and its updates become events with plain numbers", () => {
    network.last.push(btc.snapshot(), btc.update(1, 7_000_000), btc.update(11, 1));
    expect(depths()).toEqual(["BTC-USD snapshot", "BTC-USD update", "BTC-USD update"]);
    expect(rig.events[0]).toMatchObject({
      source: "kraken",
      exchangeMs: Date.parse("2026-08-17T04:45:00.500Z"),
      recvMs: rig.clock.nowMs(),
    });
    expect(rig.events[0]).toHaveProperty("bids.length", 12);
    expect(rig.events[1]).toMatchObject({ bids: [[99.9, 0.07]], asks: [] });
    expect(feed.stats).toMatchObject({ received: 3, emitted: 3, control: 2 });
    expect(feed.status()).toBe("connected, BTC-USD SOL-USD; no book of SOL-USD");
  });

  test("nothing is shown of a book before its snapshot, or of one that was not asked for", () => {
    network.last.push(btc.update(0, 5), new Server("ETH/USD").snapshot());
    expect(rig.events).toEqual([]);
    expect([rig.rejected("no_snapshot"), rig.rejected("unknown_product")]).toEqual([1, 1]);
  });

  test("a lost update is a gap, and the book comes back with a new snapshot", () => {
    network.last.push(btc.snapshot(), new Server("SOL/USD").snapshot());
    btc.update(0, 1);
    network.last.push(btc.update(1, 2), btc.update(2, 3));
    expect(bookRequests()).toEqual([
      "subscribe BTC/USD,SOL/USD 100",
      "unsubscribe BTC/USD 100",
      "subscribe BTC/USD 100",
    ]);
    expect(feed.status()).toContain("no book of BTC-USD");
    network.last.push(btc.snapshot(), btc.update(3, 4));
    expect(depths()).toEqual([
      "BTC-USD snapshot",
      "SOL-USD snapshot",
      "gap:checksum BTC-USD",
      "BTC-USD snapshot",
      "BTC-USD update",
    ]);
    expect([rig.rejected("checksum"), rig.rejected("no_snapshot")]).toEqual([1, 1]);
    expect(feed.stats).toMatchObject({ received: 6, emitted: 4, gaps: 1, connects: 1 });
    expect(feed.status()).toBe("connected, BTC-USD SOL-USD");
  });

  test("the gap begins when the book was last right", async () => {
    network.last.push(btc.snapshot());
    const rightMs = rig.clock.nowMs();
    await rig.quiet(2);
    btc.update(0, 1);
    network.last.push(btc.update(1, 2));
    expect(rig.events.at(-1)).toMatchObject({ type: "gap", fromMs: rightMs, toMs: rightMs + 2000 });
  });

  /** A snapshot, and an update that does not fit it. */
  const mismatch = (): void => {
    network.last.push(btc.snapshot());
    btc.update(0, (btc.bids[0]?.[1] ?? 0) + 1);
    network.last.push(btc.update(1, (btc.bids[1]?.[1] ?? 0) + 1));
  };

  test("the fourth mismatch in a minute ends the connection", async () => {
    for (let each = 0; each < 3; each++) mismatch();
    await rig.quiet(2);
    expect(network.sockets).toHaveLength(1);
    mismatch();
    await advance(rig.clock, 2000);
    expect(network.sockets).toHaveLength(2);
    expect(depths().slice(-2)).toEqual(["gap:checksum BTC-USD", "gap:checksum BTC-USD,SOL-USD"]);
    expect(bookRequests()).toEqual([]);
    network.last.open();
    network.last.push(instrument(1, "BTC/USD"), btc.snapshot(), btc.update(0, 9));
    expect(depths().slice(-2)).toEqual(["BTC-USD snapshot", "BTC-USD update"]);
  });

  test("three mismatches a minute never do", async () => {
    for (let each = 0; each < 6; each++) {
      mismatch();
      await rig.quiet(25);
    }
    expect(network.sockets).toHaveLength(1);
    expect(rig.rejected("checksum")).toBe(6);
  });

  test("the answer to giving a book up is none to asking for it again", async () => {
    network.last.push(...bookAcks(4, "BTC/USD", "SOL/USD"));
    mismatch();
    network.last.push({
      method: "unsubscribe",
      result: { channel: "book", depth: 100, symbol: "BTC/USD" },
      success: true,
      req_id: 5,
    });
    await rig.quiet(6);
    expect(rig.feed.status()).toContain("book of BTC-USD (no answer)");
  });

  test("a snapshot that does not come is asked for again; a refused book is not", async () => {
    network.last.push(
      ...bookAcks(4, "BTC/USD"),
      {
        error: "Subscription depth not supported",
        method: "subscribe",
        req_id: 4,
        success: false,
        symbol: "SOL/USD",
      },
      HEARTBEAT,
    );
    await rig.quiet(FIRST_SNAPSHOT_WAIT_S);
    expect(bookRequests()).toEqual([
      "subscribe BTC/USD,SOL/USD 100",
      "unsubscribe BTC/USD 100",
      "subscribe BTC/USD 100",
    ]);
    expect(feed.status()).toBe(
      "connected, BTC-USD SOL-USD; no book of BTC-USD SOL-USD; not subscribed: " +
        "ticker of BTC-USD (no answer), ticker of SOL-USD (no answer), trade of BTC-USD (no answer), " +
        "trade of SOL-USD (no answer), instrument (no answer), " +
        "book of SOL-USD (Subscription depth not supported)",
    );
    network.last.push(...bookAcks(6, "BTC/USD"), btc.snapshot());
    expect(depths()).toEqual(["BTC-USD snapshot"]);
    await rig.quiet(20);
    expect(bookRequests()).toHaveLength(3);
  });

  test.each([
    ["a book that cannot be read", '{"channel":"book","type":"update","data":[{}]}', "no_product"],
    ["a book without data", '{"channel":"book","type":"update"}', "no_data"],
    ["a frame that is no JSON", '{"channel":"bo', "bad_json"],
  ])("%s may have been of any: all are asked for again", (_name, text, reason) => {
    network.last.push(btc.snapshot(), new Server("SOL/USD").snapshot(), text);
    expect(depths().slice(2)).toContain("gap:bad_book BTC-USD,SOL-USD");
    expect(bookRequests().slice(1)).toEqual([
      "unsubscribe BTC/USD,SOL/USD 100",
      "subscribe BTC/USD,SOL/USD 100",
    ]);
    expect(rig.rejected(reason)).toBe(1);
  });

  test("a ticker that cannot be read says nothing about the books", () => {
    network.last.push(btc.snapshot(), ticker("BTC/USD", { last: 0 }), btc.update(0, 1));
    expect(depths()).toEqual(["BTC-USD snapshot", "BTC-USD update"]);
  });

  test("a book that says nothing while quotes differ from it is asked for again after 5 s", async () => {
    network.last.push(btc.snapshot());
    for (let each = 0; each < 6; each++) {
      network.last.push(ticker("BTC/USD", quote(100.05, 100.2)));
      await advance(rig.clock, 1000);
    }
    expect(depths().filter((each) => each !== "spot")).toEqual([
      "BTC-USD snapshot",
      "gap:stall BTC-USD",
    ]);
    expect(bookRequests()).toHaveLength(3);
  });

  test.each([
    ["quotes agree with it", quote(100, 100.2), false],
    ["it speaks", quote(100.05, 100.2), true],
  ])("a book is let be as long as %s", async (_name, prices, speaks) => {
    network.last.push(btc.snapshot());
    for (let each = 0; each < 20; each++) {
      network.last.push(ticker("BTC/USD", prices));
      if (speaks && each % 4 === 0) network.last.push(btc.update(1, each + 1));
      await advance(rig.clock, 1000);
    }
    expect(depths().filter((each) => each.startsWith("gap"))).toEqual([]);
  });

  test("new digits of a pair come to bear with its next snapshot", () => {
    const finer = new Server("BTC/USD", 2);
    network.last.push(btc.snapshot(), instrument(2, "BTC/USD"), finer.update(0, 5));
    expect(depths()).toEqual(["BTC-USD snapshot", "gap:checksum BTC-USD"]);
    network.last.push(finer.snapshot(), finer.update(1, 6));
    expect(depths().slice(2)).toEqual(["BTC-USD snapshot", "BTC-USD update"]);
  });

  test("a lost connection makes every book invalid", () => {
    network.last.push(btc.snapshot());
    network.last.drop();
    expect(depths().at(-1)).toBe("gap:disconnect BTC-USD,SOL-USD");
  });
});

test("books that nobody asked for are not shown", () => {
  start(false);
  network.last.push(new Server("BTC/USD").snapshot());
  expect(rig.events).toEqual([]);
  expect(rig.rejected("unknown_product")).toBe(1);
});
