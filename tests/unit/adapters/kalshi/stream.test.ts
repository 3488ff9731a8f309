import { beforeEach, describe, expect, test } from "vitest";
import { advance, START_MS, shape } from "../fakes.ts";
import { delta, SIDS, StreamRig, snapshot, trade } from "./stream-rig.ts";

/** What a change would be whose keys had all got other names. */
const shapeless = { ticker: "A", level: "0.4000", change: "1.00", outcome: "yes" };

let rig: StreamRig;

beforeEach(() => {
  rig = new StreamRig();
});

describe("subscribing", () => {
  test("one command per channel, prices of the book asked for explicitly by leg", () => {
    rig.connect("A", "B");
    const asked = rig.network.last.commands("subscribe").map(({ params }) => params);
    expect(asked).toEqual([
      { channels: ["market_lifecycle_v2"] },
      { channels: ["cfbenchmarks_value"], index_ids: ["BRTI"] },
      { channels: ["orderbook_delta"], market_tickers: ["A", "B"], use_yes_price: false },
      { channels: ["trade"], market_tickers: ["A", "B"] },
      { channels: ["ticker"], market_tickers: ["A", "B"] },
    ]);
    expect(rig.missed).toBe(1);
    expect(rig.stream.status()).toBe("connected, 2 markets");
  });

  test("events reach the sink before the socket's callback returns", () => {
    rig.connect("A");
    rig.network.last.push(snapshot("A", 1));
    expect(rig.events).toHaveLength(1);
    rig.network.last.push(delta("A", 2));
    expect(shape(rig.events)).toEqual(["snapshot", "delta"]);
  });

  test("further markets are added to the sid, acknowledged by ok, and counted in its sequence", () => {
    rig.connect("A");
    rig.network.last.push(snapshot("A", 1));
    rig.stream.setMarkets(["A", "B"]);
    const [add] = rig.network.last.commands("update_subscription");
    expect(add?.params).toEqual({ sid: 3, action: "add_markets", market_tickers: ["B"] });
    rig.network.last.push({
      type: "ok",
      id: add?.id,
      sid: 3,
      seq: 2,
      msg: { market_tickers: ["A", "B"] },
    });
    rig.network.last.push(snapshot("B", 3), delta("B", 4), delta("A", 5));
    expect(shape(rig.events)).toEqual(["snapshot", "snapshot", "delta", "delta"]);
    expect(rig.stream.stats.gaps).toBe(0);
  });

  test("before the acknowledgement a second subscribe is merged, and its ok tells the sid", async () => {
    rig.stream.setMarkets(["A"]);
    rig.start();
    rig.network.last.open();
    rig.stream.setMarkets(["A", "B"]);
    const subscribes = rig.network.last.commands("subscribe");
    const books = subscribes.filter(
      ({ params }) => String(params["channels"]) === "orderbook_delta",
    );
    expect(books.map(({ params }) => params["market_tickers"])).toEqual([["A"], ["B"]]);
    // The recorded order: data of the sid may come before its acknowledgement.
    rig.network.last.push(
      snapshot("A", 1),
      { type: "subscribed", id: books[0]?.id, msg: { channel: "orderbook_delta", sid: 3 } },
      { type: "ok", id: books[1]?.id, sid: 3, seq: 2, msg: {} },
      snapshot("B", 3),
    );
    for (const { id, params } of subscribes) {
      const channel = String(params["channels"]);
      if (channel === "orderbook_delta") continue;
      rig.network.last.push({ type: "ok", id, sid: SIDS[channel], msg: {} });
    }
    await advance(rig.clock, 6000);
    expect(rig.network.sockets).toHaveLength(1);
    expect(shape(rig.events)).toEqual(["snapshot", "snapshot"]);
  });

  test("dropped markets are deleted; the last one ends the subscription", () => {
    rig.connect("A", "B");
    rig.network.last.push(snapshot("A", 1), snapshot("B", 2));
    rig.stream.setMarkets(["B"]);
    const deleted = rig.network.last.commands("update_subscription");
    expect(deleted.map(({ params }) => [params["sid"], params["action"]])).toEqual([
      [3, "delete_markets"],
      [4, "delete_markets"],
      [5, "delete_markets"],
    ]);
    rig.network.last.push(delta("A", 3));
    expect(rig.stream.stats.rejected.get("not_subscribed")).toBe(1);
    rig.stream.setMarkets([]);
    const ended = rig.network.last.commands("unsubscribe");
    expect(ended.map(({ params }) => params["sids"])).toEqual([[3], [4], [5]]);
    rig.network.last.push({ type: "unsubscribed", id: ended[0]?.id, sid: 3, seq: 4 });
    rig.stream.setMarkets(["C"]);
    const again = rig.network.last.commands("subscribe").at(-3);
    expect(again?.params["market_tickers"]).toEqual(["C"]);
    // The new subscription may take the old number and counts from 1 again.
    rig.network.last.push(
      { type: "subscribed", id: again?.id, msg: { channel: "orderbook_delta", sid: 3 } },
      snapshot("C", 1),
    );
    expect(rig.events.at(-1)).toMatchObject({ type: "snapshot", ticker: "C" });
    expect(rig.gaps).toEqual([]);
  });

  test("without the index channel it carries on and says so", async () => {
    rig.stream.setMarkets(["A"]);
    rig.stream.setIndices(["BRTI"]);
    rig.start();
    rig.network.last.open();
    for (const { id, params } of rig.network.last.commands("subscribe")) {
      const channel = String(params["channels"]);
      rig.network.last.push(
        channel === "cfbenchmarks_value"
          ? { type: "error", id, msg: { code: 8, msg: "Unknown channel name" } }
          : { type: "subscribed", id, msg: { channel, sid: SIDS[channel] } },
      );
    }
    rig.network.last.push(snapshot("A", 1));
    await advance(rig.clock, 6000);
    expect(rig.network.sockets).toHaveLength(1);
    expect(rig.stream.status()).toContain("cfbenchmarks_value refused");
  });

  test.each([
    ["cfbenchmarks_value", { channels: ["cfbenchmarks_value"], index_ids: ["BRTI"] }],
    ["ticker", { channels: ["ticker"], market_tickers: ["A"] }],
    ["market_lifecycle_v2", { channels: ["market_lifecycle_v2"] }],
  ])("%s is asked for again half a minute after it was refused", async (refused, params) => {
    rig.stream.setMarkets(["A"]);
    rig.stream.setIndices(["BRTI"]);
    rig.start();
    rig.network.last.open();
    for (const { id, params: asked } of rig.network.last.commands("subscribe")) {
      const channel = String(asked["channels"]);
      rig.network.last.push(
        channel === refused
          ? { type: "error", id, msg: { code: 27, msg: "Too many commands" } }
          : { type: "subscribed", id, msg: { channel, sid: SIDS[channel] } },
      );
    }
    rig.network.last.push(snapshot("A", 1));
    const subscribes = () => rig.network.last.commands("subscribe").slice(5);
    await advance(rig.clock, 14_000);
    rig.network.last.ping();
    await advance(rig.clock, 14_000);
    rig.network.last.ping();
    expect(subscribes()).toEqual([]);
    await advance(rig.clock, 4000);
    expect(subscribes().map((one) => one.params)).toEqual([params]);
    expect(rig.network.sockets).toHaveLength(1);
    // The half minute in which nothing of it came is a hole, told of when it is over.
    expect(rig.gaps).toEqual([]);
    const [again] = subscribes();
    const msg = { channel: refused, sid: SIDS[refused] };
    rig.network.last.push({ type: "subscribed", id: again?.id, msg });
    expect(rig.gaps).toMatchObject([{ reason: `refused_${refused}`, tickers: [], toSeq: null }]);
    const [hole] = rig.gaps;
    expect((hole?.toMs ?? 0) - (hole?.fromMs ?? 0)).toBeGreaterThan(30_000);
  });

  test("a channel that stays refused is a hole to the end of its connection", async () => {
    rig.stream.setMarkets(["A"]);
    rig.start();
    rig.network.last.open();
    for (const { id, params } of rig.network.last.commands("subscribe")) {
      const channel = String(params["channels"]);
      rig.network.last.push(
        channel === "trade"
          ? { type: "error", id, msg: { code: 27, msg: "Too many commands" } }
          : { type: "subscribed", id, msg: { channel, sid: SIDS[channel] } },
      );
    }
    await advance(rig.clock, 5000);
    rig.network.last.drop();
    expect(rig.gaps.map(({ reason }) => reason)).toContain("refused_trade");
  });

  test("a market that could not be added to the tickers is asked for again", async () => {
    rig.connect("A");
    rig.network.last.push(snapshot("A", 1));
    rig.stream.setMarkets(["A", "B"]);
    const adds = () =>
      rig.network.last
        .commands("update_subscription")
        .filter(({ params }) => params["sid"] === SIDS["ticker"]);
    for (const { id, params } of rig.network.last.commands("update_subscription")) {
      const { sid } = params;
      rig.network.last.push(
        sid === SIDS["ticker"]
          ? { type: "error", id, sid, msg: { code: 27, msg: "Too many commands" } }
          : { type: "ok", id, sid, seq: sid === SIDS["orderbook_delta"] ? 2 : 1, msg: {} },
      );
    }
    rig.network.last.push(snapshot("B", 3));
    for (const ms of [14_000, 14_000, 4000]) {
      await advance(rig.clock, ms);
      rig.network.last.ping();
    }
    expect(adds().at(-1)?.params["market_tickers"]).toEqual(["A", "B"]);
    expect(adds()).toHaveLength(2);
  });

  test("lifecycle messages are handed on as rig.facts", () => {
    rig.connect("A");
    const msg = { event_type: "determined", market_ticker: "KXBTC15M-X-00", result: "yes" };
    rig.network.last.push({ type: "market_lifecycle_v2", sid: 1, seq: 1, msg });
    expect(rig.facts).toMatchObject([
      { event: "determined", seriesTicker: "KXBTC15M", result: "yes" },
    ]);
    expect(rig.stream.stats).toMatchObject({ received: 0, control: 6 });
  });
});

describe("sequence", () => {
  test("a hole names every book of the sid, asks for snapshots and refuses deltas until they come", () => {
    rig.connect("A", "B");
    rig.network.last.push(snapshot("A", 1), snapshot("B", 2));
    rig.network.last.push(delta("A", 5));
    expect(rig.gaps).toEqual([
      {
        type: "gap",
        source: "kalshi",
        reason: "seq",
        tickers: ["A", "B"],
        sid: 3,
        fromSeq: 3,
        toSeq: 4,
        fromMs: START_MS,
        toMs: START_MS,
        recvMs: START_MS,
      },
    ]);
    const [again] = rig.network.last.commands("update_subscription");
    expect(again?.params).toEqual({ sid: 3, action: "get_snapshot", market_tickers: ["A", "B"] });
    rig.network.last.push(
      delta("B", 6),
      snapshot("B", 7, again?.id),
      delta("B", 8),
      snapshot("A", 9),
    );
    expect(shape(rig.events)).toEqual([
      "snapshot",
      "snapshot",
      "gap:seq",
      "snapshot",
      "delta",
      "snapshot",
    ]);
    expect(rig.stream.stats.rejected).toEqual(new Map([["no_snapshot", 2]]));
  });

  test("a book found impossible is a hole of its own, and asked for again", () => {
    rig.connect("A", "B");
    rig.network.last.push(snapshot("A", 1), snapshot("B", 2));
    rig.stream.resync("A", "negative_size");
    rig.stream.resync("A", "negative_size");
    expect(rig.gaps).toMatchObject([{ reason: "negative_size", tickers: ["A"], fromSeq: 2 }]);
    const [asked] = rig.network.last.commands("update_subscription");
    expect(asked?.params).toEqual({ sid: 3, action: "get_snapshot", market_tickers: ["A"] });
    rig.network.last.push(
      delta("A", 3),
      delta("B", 4),
      snapshot("A", 5, Number(asked?.id)),
      delta("A", 6),
    );
    expect(shape(rig.events)).toEqual([
      "snapshot",
      "snapshot",
      "gap:negative_size",
      "delta",
      "snapshot",
      "delta",
    ]);
  });

  test("repeated and older frames are dropped and counted", () => {
    rig.connect("A");
    rig.network.last.push(
      snapshot("A", 1),
      delta("A", 2),
      delta("A", 2),
      snapshot("A", 1),
      delta("A", 3),
    );
    expect(shape(rig.events)).toEqual(["snapshot", "delta", "delta"]);
    expect(rig.stream.stats.rejected).toEqual(new Map([["duplicate", 2]]));
    const { received, emitted } = rig.stream.stats;
    expect([received, emitted]).toEqual([5, 3]);
  });

  test("a sid that starts to count anew is not mistaken for duplicates for long", async () => {
    rig.connect("A");
    rig.network.last.push(snapshot("A", 100));
    for (let seq = 1; seq <= 8; seq++) rig.network.last.push(delta("A", seq));
    await advance(rig.clock, 1000);
    expect(rig.network.sockets).toHaveLength(2);
    expect(rig.gaps).toMatchObject([{ reason: "seq", tickers: ["A"] }]);
  });

  test("deltas before any snapshot are refused, and a snapshot is asked for", async () => {
    rig.connect("A");
    rig.network.last.push(delta("A", 1));
    expect(rig.stream.stats.rejected.get("no_snapshot")).toBe(1);
    await advance(rig.clock, 5000);
    const [probe] = rig.network.last.commands("update_subscription");
    expect(probe?.params["action"]).toBe("get_snapshot");
  });

  test("a hole among the trades leaves the books alone", () => {
    rig.connect("A");
    rig.network.last.push(snapshot("A", 1), trade(1), trade(4), delta("A", 2));
    expect(rig.gaps).toMatchObject([{ tickers: [], sid: 4, fromSeq: 2, toSeq: 3 }]);
    expect(rig.events.at(-1)?.type).toBe("delta");
  });

  test("a hole among the lifecycle messages asks for another look", () => {
    rig.connect("A");
    const msg = { event_type: "created", market_ticker: "X-1" };
    rig.network.last.push({ type: "market_lifecycle_v2", sid: 1, seq: 1, msg });
    rig.network.last.push({ type: "market_lifecycle_v2", sid: 1, seq: 3, msg });
    expect(rig.missed).toBe(2);
    expect(rig.facts).toHaveLength(2);
  });

  test("a book frame that cannot be read loses the books at once", () => {
    rig.connect("A");
    rig.network.last.push(snapshot("A", 1), delta("A", 2, "many"), delta("A", 3));
    expect(shape(rig.events)).toEqual(["snapshot", "drift", "gap:seq"]);
    expect(rig.events[1]).toMatchObject({ path: "$.msg.delta_fp", halts: false });
    expect(rig.gaps).toMatchObject([{ fromSeq: 2, toSeq: 2, tickers: ["A"] }]);
    expect(rig.stream.stats.rejected).toEqual(
      new Map([
        ["bad_size", 1],
        ["no_snapshot", 1],
      ]),
    );
  });

  test("a frame of an unknown type still counts in the sequence", () => {
    rig.connect("A");
    rig.network.last.push(
      snapshot("A", 1),
      { type: "news", sid: 3, seq: 2, msg: {} },
      delta("A", 3),
    );
    expect(rig.gaps).toEqual([]);
    expect(rig.stream.stats.rejected.get("unknown_type")).toBe(1);
  });
});

describe("frames from their bytes and as texts", () => {
  /** A frame of each kind there is trouble with. */
  const frames = [
    snapshot("A", 1),
    delta("A", 2),
    delta("A", 2),
    delta("B", 3),
    { ...delta("A", 4), msg: { ...shapeless } },
    snapshot("A", 5),
    delta("A", 6),
    delta("A", 9),
    snapshot("A", 10),
    delta("A", 11, "-2.50"),
    delta("A", 12, "lots"),
    { type: "something_new", sid: 3, seq: 13 },
    trade(1),
  ];

  test("give the same events and the same counts", () => {
    const asText = new StreamRig((url, headers, handlers) =>
      asText.network.openSocket(url, headers, { ...handlers, onBytes: () => false }),
    );
    for (const one of [rig, asText]) {
      one.connect("A");
      one.network.last.push(...frames);
    }
    expect(shape(rig.events)).toContain("drift");
    expect(rig.events).toEqual(asText.events);
    expect(rig.stream.stats).toEqual(asText.stream.stats);
  });
});
