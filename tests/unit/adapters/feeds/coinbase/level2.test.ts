import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { decodeCoinbase } from "../../../../../src/adapters/feeds/coinbase/frames.ts";
import { scanLevel2 } from "../../../../../src/adapters/feeds/coinbase/level2-scan.ts";
import { SpotBook } from "../../../../../src/core/spot-book.ts";
import { fixtureLines } from "../../fixtures.ts";
import { bookEvent, CoinbaseRig } from "./rig.ts";

describe("frames", () => {
  const lines = fixtureLines("coinbase/level2.jsonl");

  test("recorded frames become the books they describe, at the envelope's time", () => {
    const depths = lines.flatMap((line) => decodeCoinbase(line, 7).depths);
    expect(depths).toEqual([
      {
        type: "depth",
        source: "coinbase",
        product: "BTC-USD",
        kind: "snapshot",
        bids: [
          [83_277.25, 0.00715626],
          [83_275.58, 0.02401664],
          [83_275.17, 0.00720484],
          [83_275.01, 0.024],
        ],
        asks: [
          [83_277.26, 0.01110256],
          [83_278.32, 0.03],
          [83_278.34, 0.03],
          [83_278.93, 0.02401568],
        ],
        exchangeMs: Date.parse("2026-09-30T02:39:53.670Z"),
        recvMs: 7,
      },
      {
        type: "depth",
        source: "coinbase",
        product: "BTC-USD",
        kind: "update",
        bids: [],
        asks: [[83_277.26, 0.0105191]],
        exchangeMs: Date.parse("2026-09-30T02:39:54.050Z"),
        recvMs: 7,
      },
      {
        type: "depth",
        source: "coinbase",
        product: "BTC-USD",
        kind: "update",
        bids: [
          [83_303.58, 0.00163497],
          [83_296.61, 0.02872838],
          [83_296.35, 0.25130195],
          [83_291.36, 0.26181378],
        ],
        asks: [
          [83_315.76, 0],
          [83_316.75, 0.05381095],
          [83_316.83, 0.02842838],
          [83_317.62, 0.009222],
        ],
        exchangeMs: Date.parse("2026-09-30T02:39:59.479Z"),
        recvMs: 7,
      },
    ]);
  });

  test("recorded frames are read without JSON, others never", () => {
    for (const line of lines) {
      const { depths, seq } = decodeCoinbase(line, 7);
      expect(scanLevel2(line, 7)).toEqual({ seq, depth: depths[0] });
    }
    for (const line of fixtureLines("coinbase/advanced-ws.jsonl")) {
      if (!line.includes("l2_data")) expect(scanLevel2(line, 7)).toBeNull();
    }
  });

  test("a text of megabytes where some characters belong is refused, not a full stack", () => {
    const [, line = ""] = lines;
    for (const place of [".05Z", "BTC", ".977543Z", ".26", ".0105191"]) {
      const long = line.replace(place, "1".repeat(5_000_000));
      expect(long.length).toBeGreaterThan(5_000_000);
      expect(decodeCoinbase(long, 7)).toEqual(decodeCoinbase(` ${long}`, 7));
    }
  });

  test("a trade takes from the recorded book what it took", () => {
    const [snapshot, update] = lines.flatMap((line) => decodeCoinbase(line, 7).depths);
    const book = new SpotBook();
    expect(book.replace(snapshot?.bids ?? [], snapshot?.asks ?? [])).toBe(true);
    expect([book.bidUsd, book.askUsd, book.askSize]).toEqual([83_277.25, 83_277.26, 0.01110256]);
    book.apply(update?.bids ?? [], update?.asks ?? []);
    expect([book.askUsd, book.askSize]).toEqual([83_277.26, 0.0105191]);
  });

  const level = { side: "bid", price_level: "100", new_quantity: "1" };
  test.each([
    ["another type", { ...bookEvent("delta", "P", "b100:1") }, "bad_type"],
    ["no product", { type: "update", updates: [level] }, "no_product"],
    ["no list", { type: "update", product_id: "P" }, "no_levels"],
    ["a level that is none", { type: "update", product_id: "P", updates: [null] }, "bad_level"],
    ["a price in words", bookEvent("update", "P", "bx:1"), "bad_level"],
    ["a price of 0", bookEvent("update", "P", "b0:1"), "bad_level"],
    ["a negative size", bookEvent("update", "P", "b100:-1"), "bad_level"],
    [
      "a price that is a number",
      { type: "update", product_id: "P", updates: [{ ...level, price_level: 100 }] },
      "bad_level",
    ],
    [
      "a side of another feed",
      { type: "update", product_id: "P", updates: [level, { ...level, side: "buy" }] },
      "bad_side",
    ],
  ])("refused: %s", (_name, event, reason) => {
    const frame = { channel: "l2_data", sequence_num: 1, events: [event] };
    expect(decodeCoinbase(JSON.stringify(frame), 1)).toMatchObject({
      depths: [],
      rejects: [reason],
    });
  });
});

describe("feed", () => {
  let rig: CoinbaseRig;

  beforeEach(async () => {
    rig = new CoinbaseRig();
    rig.book("snapshot", "BTC-USD", "b100:1 b99:2 o101:1 o102:2");
    rig.book("snapshot", "SOL-USD", "b10:1 o11:1");
    await rig.pass(2000);
    expect(rig.commands()).toEqual(["subscribe BTC-USD SOL-USD"]);
    expect(rig.take()).toEqual(["BTC-USD snapshot", "SOL-USD snapshot"]);
  });

  test("changes follow the snapshot, with their new sizes", () => {
    rig.book("update", "BTC-USD", "b100:0 b99.5:3");
    rig.push(
      "l2_data",
      bookEvent("update", "BTC-USD", "o101:5"),
      bookEvent("update", "SOL-USD", "b10.5:1"),
    );
    expect(rig.events).toMatchObject([
      {
        type: "depth",
        bids: [
          [100, 0],
          [99.5, 3],
        ],
        asks: [],
      },
      { type: "depth", product: "BTC-USD", bids: [], asks: [[101, 5]] },
      { type: "depth", product: "SOL-USD", bids: [[10.5, 1]] },
    ]);
    expect(rig.feed.stats).toMatchObject({ received: 5, emitted: 5, gaps: 0 });
  });

  test("a lost frame: the gap names the books, and none changes before its new snapshot", () => {
    rig.lose();
    rig.book("update", "BTC-USD", "b100:3");
    expect(rig.events).toMatchObject([
      { type: "gap", reason: "seq", tickers: ["BTC-USD", "SOL-USD"], fromSeq: 2, toSeq: 2 },
    ]);
    expect(rig.take()).toEqual(["gap:seq"]);
    expect(rig.commands()).toEqual(["unsubscribe BTC-USD SOL-USD", "subscribe BTC-USD SOL-USD"]);
    expect(rig.feed.status()).toContain("waiting for the book of BTC-USD SOL-USD");
    rig.book("update", "SOL-USD", "b10:4");
    rig.book("snapshot", "SOL-USD", "b10:4 o11:1");
    rig.book("update", "BTC-USD", "b100:4");
    rig.book("update", "SOL-USD", "b10:5");
    expect(rig.take()).toEqual(["SOL-USD snapshot", "SOL-USD update"]);
    rig.book("snapshot", "BTC-USD", "b100:4 o101:1");
    rig.book("update", "BTC-USD", "b100:5");
    expect(rig.take()).toEqual(["BTC-USD snapshot", "BTC-USD update"]);
    expect(rig.feed.status()).not.toContain("waiting");
    expect(rig.feed.stats.rejected).toEqual(new Map([["no_snapshot", 3]]));
    expect(rig.feed.stats).toMatchObject({ received: 9, emitted: 6, gaps: 1 });
  });

  test.each([
    ["bid over offer", "b101.5:1"],
    ["bid at the offer", "b101:1"],
    ["offer under bid", "o99.5:1"],
  ])("crossed, %s: that book alone is a gap and asked for anew", (_name, change) => {
    rig.book("update", "BTC-USD", change);
    expect(rig.events).toMatchObject([
      { type: "gap", reason: "crossed", tickers: ["BTC-USD"], fromSeq: 2, toSeq: 2 },
    ]);
    expect(rig.take()).toEqual(["gap:crossed"]);
    expect(rig.commands()).toEqual(["unsubscribe BTC-USD", "subscribe BTC-USD"]);
    rig.book("update", "BTC-USD", "b101.5:0");
    rig.book("update", "SOL-USD", "b10:2");
    rig.book("snapshot", "BTC-USD", "b101:1 o102:1");
    expect(rig.take()).toEqual(["SOL-USD update", "BTC-USD snapshot"]);
    expect(rig.feed.stats.rejected).toEqual(
      new Map([
        ["crossed", 1],
        ["no_snapshot", 1],
      ]),
    );
  });

  test("crossed for one moment inside a frame is no fault: only the end of a change counts", () => {
    rig.book("update", "BTC-USD", "b101.5:1 o101:0");
    expect(rig.take()).toEqual(["BTC-USD update"]);
  });

  test("a price between the ticks of the book: out of step, and read on the finer grid of the next snapshot", () => {
    rig.book("update", "SOL-USD", "b10.123:1");
    expect(rig.take()).toEqual(["gap:off_grid"]);
    rig.book("snapshot", "SOL-USD", "b10.123:1 o11:1");
    rig.book("update", "SOL-USD", "b10.124:1");
    expect(rig.take()).toEqual(["SOL-USD snapshot", "SOL-USD update"]);
  });

  test("a level that cannot be read spoils the frame and every book, and the frame is kept", () => {
    rig.book("update", "BTC-USD", "bnone:1");
    expect(rig.take()).toEqual(["drift", "gap:seq"]);
    expect(rig.commands()).toEqual(["unsubscribe BTC-USD SOL-USD", "subscribe BTC-USD SOL-USD"]);
    expect(rig.feed.stats.rejected).toEqual(new Map([["bad_level", 1]]));
  });

  test("snapshots are asked for ever more seldom while books go on breaking", async () => {
    const asked: number[] = [];
    for (let second = 0; second < 60; second++) {
      rig.book("snapshot", "BTC-USD", "b102:1 o101:1");
      await rig.pass(1000);
      if (rig.commands().length > 0) asked.push(second);
    }
    expect(asked).toEqual([0, 1, 5, 13, 29, 59]);
    rig.book("snapshot", "BTC-USD", "b100:1 o101:1");
    for (let second = 0; second < 70; second++) {
      rig.push("heartbeats", {});
      await rig.pass(1000);
    }
    expect(rig.commands()).toEqual([]);
    rig.book("update", "BTC-USD", "b101:1");
    expect(rig.commands()).toEqual(["unsubscribe BTC-USD", "subscribe BTC-USD"]);
    // That was the first accident of a new series, so the next one is not punished for those of long ago.
    rig.book("snapshot", "BTC-USD", "b102:1 o101:1");
    await rig.pass(2000);
    expect(rig.commands()).toEqual(["unsubscribe BTC-USD", "subscribe BTC-USD"]);
  });

  test("a snapshot under way when a frame was lost is not asked for again", async () => {
    const fresh = new CoinbaseRig();
    fresh.lose();
    fresh.book("snapshot", "BTC-USD", "b100:1 o101:1");
    await fresh.pass(2000);
    expect(fresh.commands()).toEqual([
      "subscribe BTC-USD SOL-USD",
      "unsubscribe SOL-USD",
      "subscribe SOL-USD",
    ]);
    fresh.book("update", "BTC-USD", "b100:2");
    expect(fresh.take()).toEqual(["gap:seq", "BTC-USD snapshot", "BTC-USD update"]);
  });

  test("a snapshot that never comes is asked for again", async () => {
    rig.lose();
    rig.book("snapshot", "SOL-USD", "b10:1 o11:1");
    rig.commands();
    for (let second = 0; second < 12; second++) {
      rig.push("heartbeats", {});
      await rig.pass(1000);
    }
    expect(rig.commands()).toEqual(["unsubscribe BTC-USD", "subscribe BTC-USD"]);
  });

  test("a lost connection names the books, and the next one starts without any", async () => {
    await rig.reconnect();
    expect(rig.events).toMatchObject([
      { type: "gap", reason: "disconnect", tickers: ["BTC-USD", "SOL-USD"], toSeq: null },
    ]);
    rig.take();
    rig.book("update", "BTC-USD", "b100:3");
    rig.book("snapshot", "BTC-USD", "b100:3 o101:1");
    expect(rig.take()).toEqual(["BTC-USD snapshot"]);
    expect(rig.feed.stats.rejected).toEqual(new Map([["no_snapshot", 1]]));
  });

  test("whatever arrives, nothing throws, everything is counted and no crossed book is handed on", async () => {
    const recorded = [
      ...fixtureLines("coinbase/level2.jsonl"),
      ...fixtureLines("coinbase/advanced-ws.jsonl"),
    ];
    const damage = fc.tuple(fc.nat(3000), fc.string({ maxLength: 4 }), fc.nat(3));
    const frames = fc.array(fc.tuple(fc.constantFrom(...recorded), fc.nat(12), damage), {
      maxLength: 30,
    });
    await fc.assert(
      fc.asyncProperty(frames, async (sent) => {
        const fuzzed = new CoinbaseRig();
        for (const [line, seq, [at, text, kind]] of sent) {
          const numbered = line.replace(/"sequence_num":\d+/, `"sequence_num":${seq}`);
          const place = at % numbered.length;
          const damaged = numbered.slice(0, place) + text + numbered.slice(place + text.length);
          fuzzed.network.last.push(kind === 0 ? damaged : numbered);
        }
        fuzzed.stop.abort();
        await fuzzed.running;
        const { emitted, gaps, received, rejected } = fuzzed.feed.stats;
        expect(received).toBe(emitted + [...rejected.values()].reduce((a, b) => a + b, 0));
        const observed = fuzzed.events.filter(({ type }) => type === "spot" || type === "depth");
        expect(observed).toHaveLength(emitted);
        expect(fuzzed.events.filter(({ type }) => type === "gap")).toHaveLength(gaps);
        const book = new SpotBook();
        for (const event of fuzzed.events) {
          if (event.type !== "depth" || event.product !== "BTC-USD") continue;
          if (event.kind === "snapshot") book.replace(event.bids, event.asks);
          else book.apply(event.bids, event.asks);
          expect(book.isCrossed).toBe(false);
        }
      }),
      { numRuns: 300 },
    );
  });

  test("repeated frames are counted and change nothing", () => {
    const frame = rig.frame("l2_data", bookEvent("update", "BTC-USD", "b100:7"));
    rig.network.last.push(frame, frame, frame);
    expect(rig.take()).toEqual(["BTC-USD update"]);
    expect(rig.feed.stats).toMatchObject({ received: 5, emitted: 3, gaps: 0 });
    expect(rig.feed.stats.rejected).toEqual(new Map([["duplicate", 2]]));
  });
});
