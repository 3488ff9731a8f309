import { describe, expect, test } from "vitest";
import {
  deltaAt,
  OTHER_TICKER,
  START_MS,
  TICKER,
  type TinyStep,
} from "../../../support/tiny-world.ts";
import { codes, HubRig, type RigOptions, seqs } from "./hub-rig.ts";

const BOOK = { market_tickers: [TICKER] };

function open(options: RigOptions = {}) {
  const rig = new HubRig({ steps: [deltaAt(1000), deltaAt(2000), deltaAt(3000)], ...options });
  return { rig, socket: rig.socket() };
}

function tradeAt(afterMs: number, ticker: string): TinyStep {
  const atMs = START_MS + afterMs;
  const trade = {
    tradeId: "t",
    ticker,
    yesPriceCc: 100,
    countCq: 100,
    takerSide: "yes",
    atMs,
  } as const;
  return { atMs, happening: { type: "trade", trade } };
}

function tickerAt(afterMs: number): TinyStep {
  const atMs = START_MS + afterMs;
  return { atMs, happening: { type: "ticker", ticker: TICKER, atMs } };
}

describe("subscribe", () => {
  test("acknowledges each channel with its own sid, then sends the book", () => {
    const { socket } = open();
    socket.subscribe(1, ["orderbook_delta", "trade"], BOOK);
    expect(socket.texts.every((text) => text.endsWith("\n"))).toBe(true);
    expect(socket.frames).toEqual([
      { type: "subscribed", id: 1, msg: { channel: "orderbook_delta", sid: 1 } },
      { type: "subscribed", id: 1, msg: { channel: "trade", sid: 2 } },
      {
        type: "orderbook_snapshot",
        sid: 1,
        seq: 1,
        msg: {
          market_ticker: TICKER,
          market_id: "76e7c407-8b6d-4628-a8eb-cfdfd2721ef2",
          yes_dollars_fp: [
            ["0.9400", "500.00"],
            ["0.9520", "310.00"],
          ],
          no_dollars_fp: [
            ["0.0010", "626.00"],
            ["0.0470", "120.55"],
          ],
        },
      },
    ]);
  });

  test("a snapshot has no key for an empty side", () => {
    const { socket } = open();
    socket.subscribe(1, ["orderbook_delta"], { market_ticker: OTHER_TICKER });
    expect(socket.frames[1]?.msg).toEqual({
      market_ticker: OTHER_TICKER,
      market_id: "11111111-8b6d-4628-a8eb-cfdfd2721ef2",
    });
  });

  test("several markets give snapshots 1..N", () => {
    const { socket } = open();
    socket.subscribe(1, ["orderbook_delta"], { market_tickers: [TICKER, OTHER_TICKER] });
    expect(seqs(socket.frames)).toEqual([undefined, 1, 2]);
  });

  test("a second subscribe merges: ok with the old sid and a seq, then the new market only", () => {
    const { socket } = open();
    socket.subscribe(1, ["orderbook_delta"], BOOK);
    socket.take();
    socket.subscribe(2, ["orderbook_delta"], { market_tickers: [OTHER_TICKER, TICKER] });
    const [ok, snapshot, ...more] = socket.frames;
    expect(ok).toEqual({
      type: "ok",
      id: 2,
      sid: 1,
      seq: 2,
      msg: { market_tickers: [TICKER, OTHER_TICKER].toSorted() },
    });
    expect(snapshot).toMatchObject({ seq: 3, msg: { market_ticker: OTHER_TICKER } });
    expect(more).toEqual([]);
  });

  test("skip_ticker_ack leaves the list out of ok, and a channel without seq has none in it", () => {
    const { socket } = open();
    socket.subscribe(1, ["ticker"], BOOK);
    socket.subscribe(2, ["ticker"], { ...BOOK, skip_ticker_ack: true });
    expect(socket.frames[1]).toEqual({ type: "ok", id: 2, sid: 1, msg: {} });
  });

  test("seq is contiguous over snapshots, oks and deltas", () => {
    const { rig, socket } = open();
    socket.subscribe(1, ["orderbook_delta"], BOOK);
    rig.runUntil(START_MS + 1000);
    socket.subscribe(2, ["orderbook_delta"], { market_tickers: [OTHER_TICKER] });
    rig.runUntil(START_MS + 2000);
    socket.update(3, { sid: 1, action: "get_snapshot", market_tickers: [TICKER] });
    rig.runUntil(START_MS + 3000);
    socket.say({ id: 4, cmd: "unsubscribe", params: { sids: [1] } });
    const frames = socket.take();
    expect(seqs(frames.slice(1))).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(frames.at(-1)).toEqual({ type: "unsubscribed", id: 4, sid: 1, seq: 8 });
  });

  test("an unknown channel costs an error 8 and nothing else", () => {
    const { socket } = open();
    socket.subscribe(1, ["orderbook_delta", "nonsense", "ticker"], BOOK);
    expect(socket.frames.map((frame) => frame.type)).toEqual([
      "subscribed",
      "error",
      "subscribed",
      "orderbook_snapshot",
    ]);
    expect(socket.texts[1]).toBe(
      '{"type":"error","id":1,"msg":{"code":8,"msg":"Unknown channel name"}}\n',
    );
  });

  test("ticker sends its state at once when asked to", () => {
    const { socket } = open();
    socket.subscribe(1, ["ticker"], { ...BOOK, send_initial_snapshot: true });
    expect(socket.frames[1]).toMatchObject({ type: "ticker", sid: 1 });
  });

  test("private channels are acknowledged and silent", () => {
    const { rig, socket } = open();
    socket.subscribe(1, ["fill", "user_orders", "market_positions"]);
    rig.runUntil(START_MS + 5000);
    expect(socket.frames.map(({ msg }) => msg["sid"])).toEqual([1, 2, 3]);
  });
});

describe("update_subscription", () => {
  test("add_markets and delete_markets answer with the resulting list", () => {
    const { rig, socket } = open();
    socket.subscribe(1, ["orderbook_delta"], BOOK);
    socket.take();
    socket.update(2, { sid: 1, action: "add_markets", market_tickers: [OTHER_TICKER] });
    socket.update(3, { sids: [1], action: "delete_markets", market_tickers: [TICKER] });
    const [added, snapshot, deleted] = socket.take();
    expect(added).toMatchObject({ type: "ok", id: 2, sid: 1, seq: 2 });
    expect(snapshot).toMatchObject({ type: "orderbook_snapshot", seq: 3 });
    expect(deleted).toEqual({
      type: "ok",
      id: 3,
      sid: 1,
      seq: 4,
      msg: { market_tickers: [OTHER_TICKER] },
    });
    rig.runUntil(START_MS + 3000);
    expect(socket.take()).toEqual([]);
  });

  test("get_snapshot answers with a snapshot that carries the command's id", () => {
    const { socket } = open();
    socket.subscribe(1, ["orderbook_delta"], BOOK);
    socket.take();
    socket.update(7, { sid: 1, action: "get_snapshot", market_tickers: [TICKER] });
    expect(socket.texts[0]).toMatch(/^\{"type":"orderbook_snapshot","id":7,"sid":1,"seq":2,/);
    expect(socket.texts).toHaveLength(1);
  });

  test("indices are managed by their own actions; indexlist names what there is", () => {
    const { socket } = open();
    socket.subscribe(1, ["cfbenchmarks_value"], { index_ids: ["SOLUSD_RTI"] });
    socket.take();
    socket.update(2, { sid: 1, action: "subscribe_indices", index_ids: ["ETHUSD_RTI", "BRTI"] });
    socket.update(3, { sid: 1, action: "unsubscribe_indices", index_ids: ["BRTI"] });
    socket.update(4, { sid: 1, action: "indexlist" });
    expect(socket.frames).toEqual([
      {
        type: "ok",
        id: 2,
        sid: 1,
        seq: 1,
        msg: { index_ids: ["BRTI", "ETHUSD_RTI", "SOLUSD_RTI"] },
      },
      { type: "ok", id: 3, sid: 1, seq: 2, msg: { index_ids: ["ETHUSD_RTI", "SOLUSD_RTI"] } },
      { type: "cfbenchmarks_value_indexlist", id: 4, sid: 1, seq: 3, msg: { index_ids: ["BRTI"] } },
    ]);
  });

  test("the 5 Hz channel answers indexlist under its own name", () => {
    const { socket } = open();
    socket.subscribe(1, ["cfbenchmarks_value_5hz"]);
    socket.update(2, { sid: 1, action: "indexlist" });
    expect(socket.frames[1]).toMatchObject({ type: "cfbenchmarks_value_5hz_indexlist", seq: 1 });
  });

  test("an update needs no list on a channel that takes everything, and keeps taking it", () => {
    const { rig, socket } = open({ steps: [tradeAt(1000, OTHER_TICKER)] });
    socket.subscribe(1, ["trade"]);
    socket.update(2, { sid: 1, action: "add_markets", market_tickers: [TICKER] });
    rig.runUntil(START_MS + 1000);
    expect(socket.frames.map(({ type }) => type)).toEqual(["subscribed", "ok", "trade"]);
  });

  test("get_snapshot is answered for the markets of the subscription only", () => {
    const { socket } = open();
    socket.subscribe(1, ["orderbook_delta"], BOOK);
    socket.take();
    socket.update(2, {
      sid: 1,
      action: "get_snapshot",
      market_tickers: [OTHER_TICKER, TICKER],
    });
    expect(socket.frames).toMatchObject([{ id: 2, seq: 2, msg: { market_ticker: TICKER } }]);
  });
});

describe("market ids", () => {
  const ID = "76e7c407-8b6d-4628-a8eb-cfdfd2721ef2";

  test("the ticker channel takes them, and its ok lists them", () => {
    const { rig, socket } = open({ steps: [tickerAt(1000)] });
    socket.subscribe(1, ["ticker"], { market_ids: [ID] });
    socket.subscribe(2, ["ticker"], { market_id: ID });
    expect(socket.take()[1]).toEqual({
      type: "ok",
      id: 2,
      sid: 1,
      msg: { market_tickers: [TICKER], market_ids: [ID] },
    });
    rig.runUntil(START_MS + 1000);
    expect(socket.take()).toMatchObject([{ type: "ticker", msg: { market_id: ID } }]);
  });

  test.each([
    ["a malformed id", "ticker", "not-a-uuid", 11],
    ["an id on the order book", "orderbook_delta", ID, 14],
    ["an id where it would be taken for no filter at all", "trade", ID, 11],
  ])("%s", (_name, channel, id, code) => {
    const { socket } = open();
    socket.subscribe(1, [channel], { market_ids: [id] });
    expect(codes(socket.take())).toEqual([code]);
  });
});

describe("mistakes the exchange acknowledges", () => {
  test("an unknown market is silent, and in the ledger", () => {
    const { rig, socket } = open();
    socket.subscribe(1, ["orderbook_delta"], { market_tickers: ["KXNOSUCH-1"] });
    rig.runUntil(START_MS + 5000);
    expect(socket.frames).toEqual([
      { type: "subscribed", id: 1, msg: { channel: "orderbook_delta", sid: 1 } },
    ]);
    expect(rig.ledger.violations()).toMatchObject([
      { rule: "bad_command", detail: "unknown market KXNOSUCH-1" },
    ]);
  });

  test("an unknown index too", () => {
    const { rig, socket } = open();
    socket.subscribe(1, ["cfbenchmarks_value"], { index_ids: ["XYZ"] });
    expect(socket.frames.map(({ type }) => type)).toEqual(["subscribed"]);
    expect(rig.ledger.violationCounts().get("bad_command")).toBe(1);
  });

  test("use_yes_price cannot be changed by a merge", () => {
    const { rig, socket } = open();
    socket.subscribe(1, ["orderbook_delta"], BOOK);
    socket.subscribe(2, ["orderbook_delta"], {
      market_tickers: [OTHER_TICKER],
      use_yes_price: true,
    });
    rig.runUntil(START_MS + 1000);
    expect(socket.frames.at(-1)?.msg["price_dollars"]).toBe("0.0470");
    expect(rig.ledger.violationCounts().get("bad_command")).toBe(1);
  });

  test("every error of the client's making is in the ledger", () => {
    const { rig, socket } = open();
    socket.say("{");
    socket.subscribe(1, ["orderbook_delta"]);
    expect(rig.ledger.violations().map(({ detail }) => detail)).toEqual([
      "error 1: Unable to process message",
      "error 14: Market Ticker required",
    ]);
  });
});

describe("errors", () => {
  test.each([
    ["no JSON", "{", 1],
    ["an array", "[]", 1],
    ["no params", { id: 1, cmd: "subscribe" }, 2],
    ["no channels", { id: 1, cmd: "subscribe", params: {} }, 3],
    ["no sids", { id: 1, cmd: "unsubscribe", params: {} }, 4],
    ["an unknown command", { id: 1, cmd: "dance", params: {} }, 5],
    ["an unknown sid", { id: 1, cmd: "unsubscribe", params: { sids: [9] } }, 7],
    [
      "a book without market",
      { id: 1, cmd: "subscribe", params: { channels: ["orderbook_delta"] } },
      14,
    ],
    ["an unsubscribe by sid", { id: 1, cmd: "unsubscribe", params: { sid: 1 } }, 4],
    ["no command", { id: 1, params: {} }, 5],
    ["a command that is no text", { id: 1, cmd: 7, params: {} }, 1],
    ["an id that is no number", { id: "1", cmd: "list_subscriptions" }, 1],
    ["a negative id", { id: -1, cmd: "list_subscriptions" }, 1],
    ["params that are a list", { id: 1, cmd: "subscribe", params: [] }, 1],
    ["a channel that is no text", { id: 1, cmd: "subscribe", params: { channels: [1] } }, 1],
    ["channels that are no list", { id: 1, cmd: "subscribe", params: { channels: "trade" } }, 1],
    [
      "a flag that is a text",
      { id: 1, cmd: "subscribe", params: { channels: ["trade"], use_yes_price: "true" } },
      1,
    ],
    ["a sid that is a text", { id: 1, cmd: "unsubscribe", params: { sids: ["1"] } }, 1],
    ["a retired channel", { id: 1, cmd: "subscribe", params: { channels: ["multivariate"] } }, 8],
    [
      "tickers that are no strings",
      { id: 1, cmd: "subscribe", params: { channels: ["ticker"], market_tickers: [1] } },
      1,
    ],
    [
      "an update of two sids",
      { id: 1, cmd: "update_subscription", params: { sids: [1, 2], action: "add_markets" } },
      12,
    ],
    [
      "an update of an unknown sid",
      { id: 1, cmd: "update_subscription", params: { sid: 9, action: "add_markets" } },
      7,
    ],
  ])("%s", (_name, message, code) => {
    const { socket } = open();
    socket.say(message);
    expect(socket.frames).toMatchObject([{ type: "error", msg: { code } }]);
  });

  test.each([
    ["no action", { sid: 1 }, 15],
    ["an unknown action", { sid: 1, action: "dance" }, 13],
    ["no market", { sid: 1, action: "add_markets" }, 14],
    ["a market that is not in it", { sid: 1, action: "get_snapshot", market_tickers: ["X"] }, 11],
    ["an index action on a book", { sid: 1, action: "indexlist" }, 13],
  ])("an update with %s names the sid", (_name, params, code) => {
    const { socket } = open();
    socket.subscribe(1, ["orderbook_delta"], BOOK);
    socket.take();
    socket.update(5, params);
    expect(socket.frames).toMatchObject([{ type: "error", id: 5, sid: 1, msg: { code } }]);
  });

  test.each([
    ["cfbenchmarks_value", { action: "subscribe_indices" }, 24],
    ["cfbenchmarks_value", { action: "unsubscribe_indices", index_ids: [] }, 24],
    ["cfbenchmarks_value", { action: "add_markets", market_tickers: [TICKER] }, 13],
    ["market_lifecycle_v2", { action: "add_markets", market_tickers: [TICKER] }, 13],
    ["order_group_updates", { action: "delete_markets", market_tickers: [TICKER] }, 13],
    ["ticker", { action: "get_snapshot", market_tickers: [TICKER] }, 13],
    ["fill", { action: "add_markets" }, 14],
  ])("%s refuses %j", (channel, params, code) => {
    const { socket } = open();
    socket.subscribe(1, [channel]);
    socket.take();
    socket.update(2, { sid: 1, ...params });
    expect(codes(socket.take())).toEqual([code]);
  });

  test("a null is as good as absent", () => {
    const { socket } = open();
    socket.say({ id: null, cmd: "subscribe", params: { channels: ["trade"], sid: null } });
    expect(socket.frames).toEqual([{ type: "subscribed", msg: { channel: "trade", sid: 1 } }]);
  });

  test("a revoked key subscribes to nothing more", () => {
    const { rig } = open();
    let isAuthorized = true;
    const socket = rig.socket({ isAuthorized: () => isAuthorized });
    socket.subscribe(1, ["trade"]);
    isAuthorized = false;
    socket.subscribe(2, ["fill", "ticker"]);
    expect(codes(socket.take())).toEqual([9, 9]);
  });
});

test("list_subscriptions names channel and sid", () => {
  const { socket } = open();
  socket.subscribe(1, ["ticker", "trade"]);
  socket.take();
  socket.say({ id: 6, cmd: "list_subscriptions" });
  expect(socket.take()).toEqual([
    {
      type: "ok",
      id: 6,
      msg: [
        { channel: "ticker", sid: 1 },
        { channel: "trade", sid: 2 },
      ],
    },
  ]);
});

test("an id of 0 is none", () => {
  const { socket } = open();
  socket.subscribe(0, ["ticker"]);
  expect(socket.frames[0]).toEqual({ type: "subscribed", msg: { channel: "ticker", sid: 1 } });
});
