import { beforeEach, describe, expect, test } from "vitest";
import { BookAudit } from "../../../../../src/adapters/feeds/kalshi/book-audit.ts";
import { createKalshiRest } from "../../../../../src/adapters/kalshi/rest.ts";
import type { VirtualClock } from "../../../../../src/adapters/platform/virtual-clock.ts";
import type { Market } from "../../../../../src/core/market.ts";
import { price, qty } from "../../../../../src/core/units.ts";
import { aMarket } from "../../../../support/builders.ts";
import { type Answer, advance, FakeHttp, newClock, START_MS } from "../../fakes.ts";

const WINDOW_MS = 900_000;
const LOOK_MS = 4500;

let clock: VirtualClock;
let audit: BookAudit;
let stop: AbortController;
let markets: Market[];
/** Best YES bid that REST shows, in cents; what it answers instead while set. */
let restCents: (ticker: string) => number;
let failure: Answer | null;
let asked: [ms: number, ticker: string][];
let resyncs: [ms: number, ticker: string, reason: string][];
let ended: Promise<string>;

function start(...tickers: string[]): void {
  markets = tickers.map((ticker) =>
    aMarket({ ticker, openMs: START_MS, closeMs: START_MS + WINDOW_MS }),
  );
  for (const ticker of tickers) snapshot(ticker, 40);
  ended = audit.run(stop.signal).then(
    () => "ended",
    () => "stopped",
  );
}

function snapshot(ticker: string, cents: number): void {
  audit.see({
    type: "snapshot",
    ticker,
    sid: 1,
    seq: 1,
    yes: [[price(cents * 100), qty(1000)]],
    no: [[price(5000), qty(500)]],
    recvMs: clock.nowMs(),
  });
}

/** The best YES bid moves up. */
function raise(ticker: string, cents: number): void {
  const at = { ticker, sid: 1, seq: 2, exchangeMs: null, recvMs: clock.nowMs() };
  audit.see({ type: "delta", side: "yes", price: price(cents * 100), delta: qty(100), ...at });
}

/** Another price each second, the same again after nine. */
function movingCents(ms: number): number {
  return 40 + (Math.floor(ms / 1000) % 9);
}

beforeEach(() => {
  clock = newClock();
  stop = new AbortController();
  restCents = () => 40;
  failure = null;
  asked = [];
  resyncs = [];
  const http = new FakeHttp((url) => {
    const ticker = url.pathname.split("/").at(-2) ?? "";
    asked.push([clock.nowMs() - START_MS, ticker]);
    if (failure !== null) return failure;
    const yes = [
      ["0.0100", "9.00"],
      [`0.${restCents(ticker)}00`, "10.00"],
    ];
    return { body: { orderbook_fp: { yes_dollars: yes, no_dollars: [["0.5000", "5.00"]] } } };
  });
  audit = new BookAudit({
    rest: createKalshiRest({ baseUrl: "https://h/trade-api/v2", http, clock, signer: null }),
    clock,
    markets: () => markets,
    resync: (ticker, reason) => resyncs.push([clock.nowMs() - START_MS, ticker, reason]),
  });
});

describe("one book a minute", () => {
  test("in turn, and nothing comes of books that agree", async () => {
    start("A", "B");
    raise("B", 41);
    restCents = (ticker) => (ticker === "B" ? 41 : 40);
    await advance(clock, 5 * 60_000);
    expect(asked.map(([, ticker]) => ticker)).toEqual(["A", "B", "A", "B"]);
    expect(resyncs).toEqual([]);
  });

  test("a book that is stuck differs twice and is asked for again", async () => {
    start("A");
    restCents = () => 43;
    await advance(clock, 60_000 + 2 * LOOK_MS - 1);
    expect(resyncs).toEqual([]);
    await advance(clock, 1);
    expect(resyncs).toEqual([[60_000 + 2 * LOOK_MS, "A", "rest_mismatch"]]);
    snapshot("A", 43);
    await advance(clock, 5 * 60_000);
    expect(resyncs).toHaveLength(1);
    expect(audit.note).toBe("");
  });

  test.each([
    ["behind", -2500],
    ["ahead of", 1200],
  ])("a fast book agrees with an answer that is %s it by a moment", async (_name, offsetMs) => {
    start("A");
    restCents = () => movingCents(clock.nowMs() - START_MS + offsetMs);
    for (let second = 1; second <= 600; second++) {
      await advance(clock, 1000);
      snapshot("A", movingCents(clock.nowMs() - START_MS));
    }
    expect(asked.length).toBeGreaterThan(7);
    expect(resyncs).toEqual([]);
  });

  test("one difference alone is nothing", async () => {
    start("A");
    restCents = () => (asked.length === 1 ? 43 : 40);
    await advance(clock, 3 * 60_000);
    expect(asked.length).toBe(3);
    expect(resyncs).toEqual([]);
  });

  test("a book that was lost meanwhile is not judged", async () => {
    start("A");
    restCents = () => 43;
    await advance(clock, 61_000);
    const seq = { sid: 1, fromSeq: 2, toSeq: 3, fromMs: null, toMs: 0, recvMs: 0 };
    audit.see({ type: "gap", source: "kalshi", reason: "seq", tickers: ["A"], ...seq });
    snapshot("A", 43);
    await advance(clock, 60_000);
    expect(resyncs).toEqual([]);
  });

  test("a book in which a level fell below zero is compared all the more", async () => {
    start("A");
    const at = { ticker: "A", sid: 1, seq: 2, exchangeMs: null, recvMs: clock.nowMs() };
    audit.see({ type: "delta", side: "yes", price: price(4000), delta: qty(-2000), ...at });
    restCents = () => 43;
    await advance(clock, 60_000 + 2 * LOOK_MS);
    expect(resyncs).toEqual([[60_000 + 2 * LOOK_MS, "A", "rest_mismatch"]]);
  });

  test("changes after a gap are of no book until the next snapshot, which starts it anew", async () => {
    start("A");
    const seq = { sid: 1, fromSeq: 2, toSeq: 3, fromMs: null, toMs: 0, recvMs: 0 };
    audit.see({ type: "gap", source: "kalshi", reason: "seq", tickers: ["A"], ...seq });
    raise("A", 47);
    await advance(clock, 2 * 60_000);
    expect(asked).toEqual([]);
    snapshot("A", 44);
    restCents = () => 44;
    await advance(clock, 2 * 60_000);
    expect(asked.length).toBe(1);
    expect(resyncs).toEqual([]);
  });

  test("markets that did not open or are about to close are left alone", async () => {
    start("A");
    await advance(clock, WINDOW_MS + 60_000);
    expect(Math.max(...asked.map(([ms]) => ms))).toBeLessThan(WINDOW_MS - 25_000);
    markets = [aMarket({ ticker: "A", openMs: START_MS + 3 * WINDOW_MS })];
    const before = asked.length;
    await advance(clock, WINDOW_MS);
    expect(asked.length).toBe(before);
  });
});

describe("an exchange that cannot be relied on for this", () => {
  test("books that differ right after they were asked for again end the comparison, and it is said", async () => {
    start("A");
    restCents = () => 43;
    await advance(clock, 10 * 60_000);
    expect(resyncs).toHaveLength(1);
    expect(await ended).toBe("ended");
    expect(audit.note).toContain("no longer compared");
  });

  test("once it has ended it keeps no books: markets come for as long as the process lives", async () => {
    start("A");
    expect(audit.followed).toBe(1);
    failure = { status: 403, body: {} };
    await advance(clock, 2 * 60_000);
    expect(await ended).toBe("ended");
    for (const ticker of ["B", "C", "D"]) snapshot(ticker, 40);
    raise("B", 41);
    expect(audit.followed).toBe(0);
  });

  test("no right to books ends it, trouble does not", async () => {
    start("A");
    failure = { status: 503, body: "" };
    await advance(clock, 5 * 60_000);
    expect(asked.length).toBe(4);
    failure = { status: 403, body: {} };
    await advance(clock, 2 * 60_000);
    expect(await ended).toBe("ended");
    expect(resyncs).toEqual([]);
  });
});
