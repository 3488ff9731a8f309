import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { createScenarioWorld, isScenario } from "../../../src/exchange/scenario/scenario-world.ts";
import type { Happening, World, WorldBook, WorldTrade } from "../../../src/exchange/world.ts";

const MINUTE = 60_000;
const START_MS = Date.parse("2026-11-02T14:03:30Z");

function world(scenario: string, seed: number, startMs = START_MS): World {
  if (!isScenario(scenario)) throw new Error(`no scenario ${scenario}`);
  return createScenarioWorld({ scenario, seed, startMs });
}

function hashOf(scenario: string, seed: number, stepsMs: readonly number[]): string {
  const hash = createHash("sha256");
  // Half a minute on either side of a close.
  const subject = world(scenario, seed, START_MS + 11 * MINUTE);
  const endMs = subject.startMs + MINUTE;
  let step = 0;
  let text = "";
  while (subject.nowMs() < endMs) {
    const wanted = subject.nowMs() + (stepsMs[step++ % stepsMs.length] ?? 1);
    subject.runUntil(Math.min(wanted, endMs), (happening) => {
      text += JSON.stringify(happening);
      if (text.length < 100_000) return;
      hash.update(text);
      text = "";
    });
  }
  return hash.update(text).digest("hex");
}

test("each scenario and each seed has days of its own, so that no two stories share a market", () => {
  const tickers = new Set<string>();
  let count = 0;
  for (const scenario of ["edge", "fair", "quiet", "jumpy", "chaos"] as const) {
    for (const seed of [1, 2]) {
      for (const market of createScenarioWorld({ scenario, seed }).markets()) {
        tickers.add(market.ticker);
        count++;
      }
    }
  }
  expect(tickers.size).toBe(count);
});

test.each([0, 1, 13, 899, 3_599])("starts %i s into an hour with every series open", (offsetS) => {
  const startMs = Date.parse("2026-11-21T15:00:00Z") + offsetS * 1000;
  const subject = createScenarioWorld({ scenario: "edge", seed: 1, startMs });
  subject.runUntil(startMs + 2 * MINUTE, () => {});
  for (const { ticker } of subject.series()) {
    const open = subject
      .markets()
      .filter((market) => market.seriesTicker === ticker && market.status === "active");
    expect(open.length).toBeGreaterThan(0);
  }
});

describe("a seed is a stream", () => {
  test.each(["edge", "jumpy"])("%s does not depend on how time is cut", (scenario) => {
    const whole = hashOf(scenario, 7, [1e9]);
    expect(hashOf(scenario, 7, [1, 977, 20_000, 60_001])).toBe(whole);
    expect(hashOf(scenario, 8, [1e9])).not.toBe(whole);
  });

  test("jumping from happening to happening loses nothing", () => {
    const jumping = world("fair", 3);
    const running = world("fair", 3);
    const seen: Happening[] = [];
    const all: Happening[] = [];
    while ((jumping.nextMs() ?? 0) <= START_MS + MINUTE) {
      jumping.runUntil(jumping.nextMs() ?? 0, (happening) => {
        seen.push(happening);
        const atMs = happening.type === "trade" ? happening.trade.atMs : happening.atMs;
        expect(atMs).toBe(jumping.nowMs());
      });
    }
    running.runUntil(START_MS + MINUTE, (happening) => all.push(happening));
    expect(seen).toEqual(all);
  });
});

describe("the start", () => {
  const subject = world("edge", 1);

  test("is in the middle of a quarter hour and an hour, with open books", () => {
    expect(subject.startMs).toBe(START_MS);
    const active = subject.markets().filter((market) => market.status === "active");
    const bySeries = new Map<string, number>();
    for (const market of active) {
      bySeries.set(market.seriesTicker, (bySeries.get(market.seriesTicker) ?? 0) + 1);
    }
    // The hour and the day: 188 and 80 brackets, and a threshold for each step between them.
    const expected = { KXBTC15M: 1, KXSOL15M: 1, KXBTCD: 187 + 79, KXBTC: 188 + 80 };
    expect(Object.fromEntries(bySeries)).toEqual(expected);
    const running = active.find((market) => market.seriesTicker === "KXBTC15M");
    expect(running?.ticker).toBe("KXBTC15M-26NOV020915-15");
    expect(running?.floorUsd).not.toBeNull();
    const book = subject.book("KXBTC15M-26NOV020915-15");
    expect(book?.yes.length).toBeGreaterThan(5);
    expect(book?.no.length).toBeGreaterThan(5);
    expect(subject.market("KXBTC15M-26NOV020930-30")).toMatchObject({
      status: "initialized",
      floorUsd: null,
    });
  });

  test("has 26 hours of unbroken one-minute candles up to the price now", () => {
    const endS = Math.floor(START_MS / MINUTE) * 60;
    for (const product of subject.products()) {
      const candles = subject.candles(product, endS - 26 * 3600, endS, 60);
      expect(candles).toHaveLength(26 * 60);
      const price = subject.spot(product)?.price ?? 0;
      const close = candles.at(-1)?.close ?? 0;
      expect(Math.abs(Math.log(price / close))).toBeLessThan(0.003);
      const hours = subject.candles(product, endS - 26 * 3600, endS, 3600);
      // The start is not on the hour, so one of the 26 hours has not closed.
      expect(hours).toHaveLength(25);
      expect(hours.every((c) => c.low <= Math.min(c.open, c.close) && c.high >= c.open)).toBe(true);
    }
  });

  test("finished windows are there, each strike the settlement before it", () => {
    const past = subject.markets().filter((market) => market.status === "finalized");
    expect(past).toHaveLength(8);
    checkChain(subject);
  });
});

interface Follower {
  readonly books: Map<string, { yes: Map<number, number>; no: Map<number, number> }>;
  negative: number;
  crossed: number;
  readonly index: Map<string, Map<number, number>>;
  readonly snapshots: Map<string, number[]>;
  readonly lastDelta: Map<string, number>;
  readonly events: { readonly type: string; readonly ticker: string; readonly atMs: number }[];
  readonly counts: Map<string, number>;
  badTrades: number;
  badPrints: number;
}

function follower(): Follower {
  return {
    books: new Map(),
    negative: 0,
    crossed: 0,
    index: new Map(),
    snapshots: new Map(),
    lastDelta: new Map(),
    events: [],
    counts: new Map(),
    badTrades: 0,
    badPrints: 0,
  };
}

function toMaps(book: WorldBook): { yes: Map<number, number>; no: Map<number, number> } {
  return { yes: new Map(book.yes), no: new Map(book.no) };
}

function follow(state: Follower, subject: World, happening: Happening): void {
  state.counts.set(happening.type, (state.counts.get(happening.type) ?? 0) + 1);
  if (happening.type === "delta") followDelta(state, happening);
  else if (happening.type === "snapshot") followSnapshot(state, subject, happening);
  else if (happening.type === "trade") followTrade(state, happening.trade);
  else if (happening.type === "index") followIndex(state, happening);
  else if (happening.type === "lifecycle") {
    const { market_ticker: ticker, event_type: type } = happening.msg;
    state.events.push({ type: String(type), ticker: String(ticker), atMs: happening.atMs });
  }
}

type Of<Type extends Happening["type"]> = Extract<Happening, { type: Type }>;

function followSnapshot(state: Follower, subject: World, { ticker, atMs }: Of<"snapshot">): void {
  state.books.set(ticker, toMaps(subject.book(ticker) ?? { yes: [], no: [] }));
  state.snapshots.set(ticker, [...(state.snapshots.get(ticker) ?? []), atMs]);
}

function followIndex(state: Follower, { indexId, atMs, value, last60 }: Of<"index">): void {
  const values = state.index.get(indexId) ?? new Map<number, number>();
  values.set(atMs, value);
  state.index.set(indexId, values);
  if (last60.length !== 60 || last60.at(-1) !== value) state.badPrints++;
}

function followTrade(state: Follower, trade: WorldTrade): void {
  const bids = state.books.get(trade.ticker);
  const touch =
    trade.takerSide === "yes"
      ? 10_000 - Math.max(0, ...(bids?.no.keys() ?? []))
      : Math.max(0, ...(bids?.yes.keys() ?? []));
  if (touch !== trade.yesPriceCc) state.badTrades++;
}

function followDelta(state: Follower, delta: Of<"delta">): void {
  state.lastDelta.set(delta.ticker, delta.atMs);
  const book = state.books.get(delta.ticker) ?? { yes: new Map(), no: new Map() };
  state.books.set(delta.ticker, book);
  const side = book[delta.side];
  const size = (side.get(delta.priceCc) ?? 0) + delta.deltaCq;
  if (size < 0) state.negative++;
  if (size === 0) side.delete(delta.priceCc);
  else side.set(delta.priceCc, size);
}

function checkChain(subject: World): void {
  for (const market of subject.markets()) {
    if (!market.seriesTicker.endsWith("15M")) continue;
    const before = subject
      .markets()
      .find((each) => each.seriesTicker === market.seriesTicker && each.closeMs === market.openMs);
    if (before === undefined || before.expirationValue === "" || market.floorUsd === null) continue;
    expect(market.floorUsd).toBe(Number(before.expirationValue));
  }
}

describe("the end of an hour", () => {
  const startMs = START_MS + 8 * MINUTE;
  const minutes = 51;
  const subject = world("edge", 5, startMs);
  const state = follower();
  for (const market of subject.markets()) {
    if (market.status !== "active") continue;
    state.books.set(market.ticker, toMaps(subject.book(market.ticker) ?? { yes: [], no: [] }));
  }
  for (let minute = 1; minute <= minutes; minute++) {
    subject.runUntil(startMs + minute * MINUTE, (each) => follow(state, subject, each));
    for (const book of state.books.values()) {
      const yes = Math.max(0, ...book.yes.keys());
      const no = Math.max(0, ...book.no.keys());
      if (yes + no >= 10_000) state.crossed++;
    }
  }

  test("no level is ever negative, no book stays crossed, trades are at the touch", () => {
    expect(state.negative).toBe(0);
    expect(state.crossed).toBe(0);
    expect(state.badTrades).toBe(0);
    expect(state.badPrints).toBe(0);
  });

  test("deltas and snapshots give the book a client would read", () => {
    for (const market of subject.markets()) {
      if (market.status !== "active") continue;
      expect(toMaps(subject.book(market.ticker) ?? { yes: [], no: [] })).toEqual(
        state.books.get(market.ticker),
      );
    }
  });

  test("every price is on its market's grid", () => {
    for (const market of subject.markets()) {
      const book = subject.book(market.ticker);
      for (const [cc] of [...(book?.yes ?? []), ...(book?.no ?? [])]) {
        const range = market.ranges.find((each) => cc >= each.startCc && cc < each.endCc);
        expect((cc - (range?.startCc ?? 0)) % (range?.stepCc ?? 1)).toBe(0);
      }
    }
  });

  test("exactly one bracket of an hour is YES, and the thresholds agree with it", () => {
    const settled = subject
      .markets()
      .filter((market) => market.result !== "" && !market.seriesTicker.endsWith("15M"));
    const brackets = settled.filter((market) => market.seriesTicker === "KXBTC");
    const thresholds = settled.filter((market) => market.seriesTicker === "KXBTCD");
    expect(brackets).toHaveLength(188);
    expect(thresholds).toHaveLength(187);
    expect(brackets.filter((market) => market.result === "yes")).toHaveLength(1);
    const winner = brackets.find((market) => market.result === "yes");
    for (const threshold of thresholds) {
      const floor = winner?.floorUsd ?? Number.NEGATIVE_INFINITY;
      const isBelow = (threshold.floorUsd ?? 0) < floor + 0.5;
      expect(threshold.result).toBe(isBelow ? "yes" : "no");
      expect(threshold.expirationValue).toBe(winner?.expirationValue);
    }
  });

  test("settlement is the mean of the 60 prints up to the close", () => {
    const settled = subject
      .markets()
      .filter((market) => market.result !== "" && market.closeMs > startMs);
    expect(settled.length).toBeGreaterThan(90);
    for (const market of settled) {
      const prints = state.index.get(market.seriesTicker === "KXSOL15M" ? "SOLUSD_RTI" : "BRTI");
      const scale = 10 ** market.roundDigits;
      let sum = 0;
      for (let second = 59; second >= 0; second--) {
        sum += Math.round((prints?.get(market.closeMs - second * 1000) ?? Number.NaN) * scale);
      }
      expect(market.expirationValue).toBe(
        (Math.round(sum / 60) / scale).toFixed(market.roundDigits),
      );
    }
    const quarters = settled.filter((market) => market.seriesTicker.endsWith("15M"));
    for (const market of quarters) {
      const isUp = Number(market.expirationValue) >= (market.floorUsd ?? 0);
      expect(market.result).toBe(isUp ? "yes" : "no");
    }
  });

  test("each strike is the settlement value of the window before", () => checkChain(subject));

  test("after the close: cancels for 0.85 s, then an empty book", () => {
    for (const market of subject.markets()) {
      if (market.result === "" || market.closeMs < startMs) continue;
      expect(subject.book(market.ticker)).toEqual({ yes: [], no: [] });
      const last = state.lastDelta.get(market.ticker) ?? 0;
      expect(last - market.closeMs).toBeLessThanOrEqual(850);
      const snapshots = state.snapshots.get(market.ticker) ?? [];
      expect([1, 2]).toContain(snapshots.length);
      expect((snapshots[0] ?? 0) - market.closeMs).toBeGreaterThan(500);
      expect((snapshots[0] ?? 0) - market.closeMs).toBeLessThanOrEqual(8000);
    }
  });

  test("lifecycle messages come in the order and at the distance of the real ones", () => {
    const market = subject.market("KXSOL15M-26NOV020930-30");
    const openMs = market?.openMs ?? Number.NaN;
    const mine = state.events.filter((event) => event.ticker === market?.ticker);
    expect(mine.map((event) => event.type)).toEqual(["metadata_updated", "determined", "settled"]);
    const [strike = 0, determined = 0, settled = 0] = mine.map((event) => event.atMs - openMs);
    expect(strike).toBeGreaterThanOrEqual(200);
    expect(strike).toBeLessThanOrEqual(15_000);
    expect(determined).toBeGreaterThanOrEqual(910_000);
    expect(determined).toBeLessThanOrEqual(920_001);
    expect(settled - determined).toBe(1000);
    const hourly = state.events.filter((event) => event.ticker.startsWith("KXBTCD-26NOV0210-"));
    const byType = new Map(hourly.map((event) => [event.type, event.atMs]));
    expect((byType.get("settled") ?? 0) - (byType.get("determined") ?? 0)).toBe(60_000);
    expect(state.events.some((event) => event.type === "created")).toBe(true);
  });

  test("Coinbase and the index move at their usual pace", () => {
    const seconds = minutes * 60;
    expect(state.counts.get("index")).toBe(2 * seconds);
    expect((state.counts.get("spot") ?? 0) / seconds / 2).toBeGreaterThan(2);
    expect((state.counts.get("spotTrades") ?? 0) / seconds / 2).toBeGreaterThan(1);
    for (const product of subject.products()) {
      const spot = subject.spot(product);
      expect(spot?.bid).toBeLessThan(spot?.ask ?? 0);
    }
  });

  test("trades are newest first and belong to their market", () => {
    const market = subject
      .markets()
      .find((each) => each.status === "active" && each.seriesTicker === "KXBTC15M");
    const trades = subject.trades(market?.ticker ?? "");
    expect(trades.length).toBeGreaterThan(10);
    for (const [at, trade] of trades.entries()) {
      expect(trade.ticker).toBe(market?.ticker);
      expect(trade.atMs).toBeLessThanOrEqual(trades[at - 1]?.atMs ?? trade.atMs);
      expect(trade.tradeId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-/);
    }
    expect(market?.lastCc).toBe(trades[0]?.yesPriceCc);
  });
});
