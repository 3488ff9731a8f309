import { beforeEach, describe, expect, test } from "vitest";
import type {
  DepthLevel,
  FeedGap,
  IndexTick,
  MarketEvent,
  SpotTick,
} from "../../../../src/core/events.ts";
import { IndexProxy } from "../../../../src/core/index/proxy.ts";
import type { Underlying } from "../../../../src/core/market.ts";
import { aMarket } from "../../../support/builders.ts";

const BTC: Underlying = { asset: "BTC", indexId: "BRTI", product: "BTC-USD" };
const SOL: Underlying = { asset: "SOL", indexId: "SOLUSD_RTI", product: "SOL-USD" };
/** A quarter of an hour. */
const T0 = 1_786_941_900_000;

let proxy: IndexProxy;

beforeEach(() => {
  proxy = new IndexProxy([BTC, SOL]);
});

function quote(source: string, mid: number, overrides: Partial<SpotTick> = {}): void {
  proxy.observe({
    type: "spot",
    source,
    product: "BTC-USD",
    kind: "quote",
    priceUsd: mid,
    bidUsd: mid - 1,
    askUsd: mid + 1,
    size: null,
    tradeId: null,
    exchangeMs: null,
    recvMs: T0,
    ...overrides,
  });
}

/** A book whose depth stands as far above its mid as asked. */
function book(source: string, mid: number, recvMs = T0, lean = 0): void {
  const bids: DepthLevel[] = [
    [mid - 1, 0.5],
    [mid - 2 + lean, 5],
  ];
  const asks: DepthLevel[] = [
    [mid + 1, 0.5],
    [mid + 2 + lean, 5],
  ];
  const seen = { source, product: "BTC-USD", exchangeMs: null, recvMs };
  proxy.observe({ type: "depth", kind: "snapshot", bids, asks, ...seen });
}

function gap(source: string, overrides: Partial<FeedGap> = {}): void {
  proxy.observe({
    type: "gap",
    source,
    reason: "seq",
    tickers: [],
    sid: null,
    fromSeq: 1,
    toSeq: 2,
    fromMs: T0,
    toMs: T0,
    recvMs: T0,
    ...overrides,
  });
}

function index(valueUsd: number, atMs: number, overrides: Partial<IndexTick> = {}): void {
  proxy.observe({
    type: "index",
    indexId: "BRTI",
    valueUsd,
    avg60Usd: null,
    windowAvgUsd: null,
    windowCount: null,
    proxy: null,
    exchangeMs: atMs,
    recvMs: atMs,
    ...overrides,
  });
}

const at = (ms: number): IndexTick | undefined =>
  proxy.onSecond(T0 + ms).find(({ indexId }) => indexId === "BRTI");

/** Sixty seconds of Coinbase at 100 000, the last of them at this time. */
function minute(endMs: number): void {
  for (let second = 59; second >= 0; second--) {
    quote("coinbase", 100_000, { recvMs: endMs - second * 1000 });
    proxy.onSecond(endMs - second * 1000);
  }
}

/** The value in the second after the minute. */
const next = (endMs = T0): number | undefined => proxy.onSecond(endMs + 1000)[0]?.valueUsd;

function settle(final: boolean, expirationValue: string | null, eventTicker = "KXBTCD-1"): void {
  proxy.observe({
    type: "settlement",
    ticker: `${eventTicker}-T1`,
    eventTicker,
    result: "yes",
    yesPayout: null,
    expirationValue,
    settledMs: T0,
    final,
    source: "rest",
    recvMs: T0 + 500,
  });
}

const venuesWithGeminiOff = (second: number, percent: number): number | undefined => {
  for (const source of ["coinbase", "kraken"]) {
    quote(source, 100_000, { recvMs: T0 + second * 1000 });
  }
  quote("gemini", 100_000 + 1000 * percent, { recvMs: T0 + second * 1000 });
  return at(second * 1000)?.proxy?.venues;
};

describe("mids", () => {
  test("the median of the venues, at the whole second, with its facts", () => {
    quote("coinbase", 100_010, { recvMs: T0 - 400 });
    quote("kraken", 100_000, { recvMs: T0 - 100 });
    quote("gemini", 100_020, { recvMs: T0 - 900 });
    expect(proxy.onSecond(T0 + 7)).toEqual([
      {
        type: "index",
        indexId: "BRTI",
        valueUsd: 100_010,
        avg60Usd: null,
        windowAvgUsd: null,
        windowCount: null,
        proxy: { method: "mids", venues: 3, maxAgeMs: 900, dispersionBp: expect.closeTo(1, 3) },
        exchangeMs: T0,
        recvMs: T0 + 7,
      },
    ]);
  });

  test("one venue alone is its mid, and shows that it is alone", () => {
    quote("coinbase", 100_000);
    expect(at(0)).toMatchObject({
      valueUsd: 100_000,
      proxy: { method: "mids", venues: 1, dispersionBp: 0 },
    });
  });

  test("a second is told once, and a second that was missed is not made up for", () => {
    quote("coinbase", 100_000);
    expect(at(0)).toBeDefined();
    expect(at(999)).toBeUndefined();
    expect(at(-1000)).toBeUndefined();
    expect(at(3500)?.exchangeMs).toBe(T0 + 3000);
  });

  test.each<[string, Partial<SpotTick>, number | undefined]>([
    ["the last price where a quote tells no side", { bidUsd: null, askUsd: null }, 100],
    ["nothing where it tells one side", { askUsd: null }, undefined],
    ["nothing where the sides cross", { bidUsd: 102, askUsd: 101 }, undefined],
    ["the price where they touch", { bidUsd: 101, askUsd: 101 }, 101],
    ["no trade", { kind: "trade" }, undefined],
    ["no Tether", { product: "BTC-USDT" }, undefined],
    ["no venue whose dollar is Tether", { source: "binance" }, undefined],
    ["nothing of another coin", { product: "DOGE-USD" }, undefined],
  ])("%s", (_name, overrides, value) => {
    quote("coinbase", 100, overrides);
    expect(at(0)?.valueUsd).toBe(value);
  });

  test("each underlying by itself", () => {
    quote("coinbase", 100_000);
    quote("coinbase", 150, { product: "SOL-USD" });
    expect(proxy.onSecond(T0).map(({ indexId, valueUsd }) => [indexId, valueUsd])).toEqual([
      ["BRTI", 100_000],
      ["SOLUSD_RTI", 150],
    ]);
  });

  test("a venue that fell silent is left out at 5 s, the last of them at 10 s", () => {
    quote("coinbase", 100_000, { recvMs: T0 + 6000 });
    quote("kraken", 100_002, { recvMs: T0 + 6000 });
    quote("gemini", 100_500, { recvMs: T0 });
    expect(at(5000)?.proxy?.venues).toBe(3);
    expect(at(6000)).toMatchObject({ valueUsd: 100_001, proxy: { venues: 2, maxAgeMs: 0 } });
    // Fewer than two are younger than 5 s: all younger than 10 s count again, and then none.
    expect(at(11_500)?.proxy).toMatchObject({ venues: 2, maxAgeMs: 5000 });
    expect(at(12_000)?.proxy).toMatchObject({ venues: 2, maxAgeMs: 6000 });
    expect(at(17_000)).toBeUndefined();
  });

  test("what is old when it arrives is old", () => {
    quote("kraken", 100_000, { recvMs: T0 });
    quote("gemini", 100_004, { recvMs: T0 });
    quote("coinbase", 100_100, { recvMs: T0 - 5000, exchangeMs: T0 - 5100 });
    // Its way takes a tenth of a second, so what comes after nine seconds waited for nearly all of them.
    quote("coinbase", 100_200, { recvMs: T0, exchangeMs: T0 - 9000 });
    expect(at(0)).toMatchObject({ valueUsd: 100_002, proxy: { venues: 2 } });
  });

  test("a clock that is two seconds off is no delay", () => {
    for (const exchangeMs of [T0 - 3000, T0 - 2000]) {
      quote("coinbase", 100_000, { recvMs: exchangeMs + 2000, exchangeMs });
    }
    expect(at(0)?.proxy?.maxAgeMs).toBe(0);
  });

  test("a venue six percent off is left out until it is back within half of the limit", () => {
    expect(
      [4, 6, 4, 3, 2, 4].map((percent, second) => venuesWithGeminiOff(second, percent)),
    ).toEqual([3, 2, 2, 2, 3, 3]);
  });
});

describe("books", () => {
  test("two books and more are read as the index reads them", () => {
    book("coinbase", 100_000);
    book("kraken", 100_000);
    quote("gemini", 100_300);
    // One step is 1 BTC: both touches hold it, and the ten BTC behind them the next ten.
    const value = at(0);
    expect(value?.proxy).toEqual({ method: "books", venues: 2, maxAgeMs: 0, dispersionBp: 0 });
    expect(value?.valueUsd).toBeCloseTo(100_000, 6);
  });

  test("depth that leans pulls the value away from the mids", () => {
    book("coinbase", 100_000, T0, 0.5);
    book("kraken", 100_000, T0, 0.5);
    const value = at(0)?.valueUsd ?? 0;
    expect(value).toBeGreaterThan(100_000.1);
    expect(value).toBeLessThan(100_000.5);
  });

  test("one book is not enough: mids, its own and those of the quotes", () => {
    book("coinbase", 100_000);
    quote("kraken", 100_010);
    expect(at(0)).toMatchObject({ valueUsd: 100_005, proxy: { method: "mids", venues: 2 } });
  });

  test("changes move a book", () => {
    book("coinbase", 100_000);
    const seen = { source: "coinbase", product: "BTC-USD", exchangeMs: null, recvMs: T0 + 10 };
    const bids: DepthLevel[] = [
      [99_999, 0],
      [99_997, 1],
    ];
    proxy.observe({ type: "depth", kind: "update", bids, asks: [], ...seen });
    // The best bid is the second level now.
    expect(at(1000)?.valueUsd).toBe(99_999.5);
  });

  test("a venue whose book crosses is left out, whatever it quotes", () => {
    quote("kraken", 100_000);
    quote("coinbase", 100_050);
    const seen = { source: "coinbase", product: "BTC-USD", exchangeMs: null, recvMs: T0 };
    const crossed = { bids: [[101, 1]], asks: [[100, 1]] } as const;
    proxy.observe({ type: "depth", kind: "snapshot", ...crossed, ...seen });
    expect(at(0)).toMatchObject({ valueUsd: 100_000, proxy: { venues: 1 } });
  });

  test("a book that stopped while its venue quotes on counts no more", () => {
    book("coinbase", 100_000);
    quote("coinbase", 100_100, { recvMs: T0 + 5001 });
    expect(at(6000)?.valueUsd).toBe(100_100);
  });
});

describe("holes", () => {
  beforeEach(() => {
    for (const source of ["coinbase", "kraken"]) {
      book(source, 100_000);
      quote(source, 100_100);
    }
  });

  test.each<[string, string, Partial<FeedGap>, string]>([
    ["a hole in a venue's book", "kraken", { tickers: ["BTC-USD"] }, "mids of 2"],
    ["a hole in its book of another coin", "kraken", { tickers: ["SOL-USD"] }, "books of 2"],
    ["a hole in its trades, which no book is made of", "kraken", {}, "books of 2"],
    ["an outage of one venue", "kraken", { toSeq: null }, "mids of 1"],
    [
      "an outage that names its books",
      "kraken",
      { toSeq: null, tickers: ["BTC-USD"] },
      "mids of 1",
    ],
    ["an outage of another book", "kraken", { toSeq: null, tickers: ["SOL-USD"] }, "books of 2"],
    ["an outage of none of them", "kalshi", { toSeq: null }, "books of 2"],
  ])("%s", (_name, source, overrides, left) => {
    gap(source, overrides);
    const facts = at(0)?.proxy;
    expect(`${facts?.method} of ${facts?.venues}`).toBe(left);
  });

  test("after a hole the next snapshot counts", () => {
    gap("kraken", { tickers: ["BTC-USD"] });
    book("kraken", 100_000);
    expect(at(0)?.proxy?.method).toBe("books");
  });
});

describe("the exchange's own index", () => {
  beforeEach(() => quote("coinbase", 100_000, { recvMs: T0 + 3000 }));

  test("rules while it is younger than 3 s", () => {
    index(100_050, T0);
    expect(at(1000)).toBeUndefined();
    expect(at(2000)).toBeUndefined();
    expect(at(3000)?.valueUsd).toBe(100_000);
  });

  test.each<[string, Partial<IndexTick>]>([
    ["of another underlying", { indexId: "SOLUSD_RTI" }],
    ["of an unknown underlying", { indexId: "DOGEUSD_RTI" }],
    ["that comes four seconds late", { exchangeMs: T0 - 4000 }],
    [
      "that is a stand-in itself",
      { proxy: { method: "mids", venues: 1, maxAgeMs: 0, dispersionBp: 0 } },
    ],
  ])("a value %s does not count", (_name, overrides) => {
    index(100_050, T0, overrides);
    expect(at(1000)?.valueUsd).toBe(100_000);
  });
});

describe("what is learnt", () => {
  test("from a 15-minute strike, which averages the minute before the open", () => {
    minute(T0);
    const market = aMarket({ openMs: T0, closeMs: T0 + 900_000, floorUsd: 100_020 });
    proxy.observe({ type: "market", market, recvMs: T0 + 500 });
    expect(next()).toBeCloseTo(100_020, 6);
  });

  test.each<[string, Parameters<typeof aMarket>[0]]>([
    ["whose strike is not out", { floorUsd: null }],
    ["that is an hourly one", { strikeType: "greater" }],
    ["of an unknown series", { seriesTicker: "KXDOGE15M" }],
    ["of another underlying", { seriesTicker: "KXSOL15M" }],
  ])("nothing from a market %s", (_name, overrides) => {
    minute(T0);
    const window = { openMs: T0, closeMs: T0 + 900_000, floorUsd: 100_020 };
    proxy.observe({ type: "market", market: aMarket({ ...window, ...overrides }), recvMs: T0 });
    expect(next()).toBe(100_000);
  });

  test.each<[string, () => void, number]>([
    ["from a final settlement", () => settle(true, "99990.00"), 99_990],
    ["nothing from a provisional one", () => settle(false, "99990.00"), 100_000],
    ["nothing from one without a value", () => settle(true, null), 100_000],
    ["nothing from a value in words", () => settle(true, "high"), 100_000],
    ["nothing from an event it never heard of", () => settle(true, "99990", "X-1"), 100_000],
  ])("%s, which averages the minute before the close", (_name, act, value) => {
    const market = aMarket({
      seriesTicker: "KXBTCD",
      eventTicker: "KXBTCD-1",
      strikeType: "greater",
      openMs: T0 - 3_600_000,
      closeMs: T0,
    });
    proxy.observe({ type: "market", market, recvMs: T0 - 60_000 });
    minute(T0);
    act();
    expect(next()).toBeCloseTo(value, 6);
  });

  test("from the index itself while it is published, to be used when it is not", () => {
    for (let second = -59; second <= 10; second++) {
      const nowMs = T0 + second * 1000;
      quote("coinbase", 100_000, { recvMs: nowMs });
      expect(proxy.onSecond(nowMs)).toEqual(second === -59 ? [expect.anything()] : []);
      index(100_030, nowMs);
    }
    expect(proxy.onSecond(T0 + 12_000)).toEqual([]);
    quote("coinbase", 100_010, { recvMs: T0 + 13_000 });
    expect(next(T0 + 12_000)).toBeCloseTo(100_040, 2);
  });

  test("books and mids have an offset each", () => {
    for (let second = 59; second >= 0; second--) {
      const nowMs = T0 - second * 1000;
      book("coinbase", 100_000, nowMs, 0.9);
      book("kraken", 100_000, nowMs, 0.9);
      proxy.onSecond(nowMs);
    }
    const market = aMarket({ openMs: T0, closeMs: T0 + 900_000, floorUsd: 100_020 });
    proxy.observe({ type: "market", market, recvMs: T0 });
    const byBooks = proxy.onSecond(T0 + 1000)[0];
    gap("kraken", { tickers: ["BTC-USD"] });
    const byMids = proxy.onSecond(T0 + 2000)[0];
    expect([byBooks?.proxy?.method, byMids?.proxy?.method]).toEqual(["books", "mids"]);
    expect(byBooks?.valueUsd).toBeCloseTo(100_020, 6);
    expect(byMids?.valueUsd).toBeCloseTo(100_020, 6);
  });
});

test("the same events give the same values, whatever else is heard", () => {
  const run = (noise: readonly MarketEvent[]): string => {
    proxy = new IndexProxy([BTC, SOL]);
    const out: IndexTick[] = [];
    for (let second = 0; second < 90; second++) {
      const recvMs = T0 + second * 1000;
      for (const event of noise) proxy.observe(event);
      quote("coinbase", 100_000 + (second % 7), { recvMs });
      book("kraken", 100_003 - (second % 5), recvMs);
      book("gemini", 100_001 + (second % 3), recvMs);
      out.push(...proxy.onSecond(recvMs));
    }
    return JSON.stringify(out);
  };
  const wake: MarketEvent = { type: "wake", recvMs: T0 };
  expect(run([wake])).toBe(run([]));
  expect(run([])).toContain("books");
});
