import { describe, expect, test } from "vitest";
import type { FaultRule } from "../../../../src/exchange/faults/fault-rule.ts";
import type { ParamsOf } from "../../../../src/exchange/faults/fault-table.ts";
import { START_MS, TICKER } from "../../../support/tiny-world.ts";
import { TestSocket } from "../server/client.ts";
import { bookClient, heard, runFor, tinyExchange } from "./rig.ts";

const DELTAS = { type: "orderbook_delta" };

function heardWith(rule: FaultRule, ms = 5000): string[] {
  const exchange = tinyExchange([rule]);
  const socket = bookClient(exchange);
  runFor(exchange, ms);
  return heard(socket);
}

test("without rules every frame arrives, at its time, and nothing is counted", () => {
  const exchange = tinyExchange();
  const socket = bookClient(exchange);
  runFor(exchange, 3500);
  expect(heard(socket)).toEqual(["subscribed:-", "snapshot:1", "delta:2", "delta:3", "delta:4"]);
  expect(socket.timesMs.slice(2)).toEqual([1000, 2000, 3000].map((ms) => START_MS + ms));
  expect(exchange.faults.statistics().connections[0]?.channels).toEqual({});
});

describe("order and number", () => {
  test("a dropped frame leaves a hole in the numbers", () => {
    expect(heardWith({ fault: "frame_dropped", match: DELTAS, when: { nth: 2 } })).toEqual([
      "subscribed:-",
      "snapshot:1",
      "delta:2",
      "delta:4",
      "delta:5",
      "delta:6",
    ]);
  });

  test("a repeated frame comes again with the same number", () => {
    const rule = { fault: "frame_repeated", match: DELTAS, when: { nth: 1 } } as const;
    expect(heardWith(rule, 2000)).toEqual([
      "subscribed:-",
      "snapshot:1",
      "delta:2",
      "delta:2",
      "delta:3",
    ]);
  });

  test("a reordered frame comes after the next ones", () => {
    const rule = {
      fault: "frame_reordered",
      match: DELTAS,
      when: { nth: 1 },
      params: { by: 2 },
    } as const;
    expect(heardWith(rule, 4000).slice(2)).toEqual(["delta:3", "delta:4", "delta:2", "delta:5"]);
  });

  test("a snapshot can come after its deltas, or twice, or not at all", () => {
    const match = { type: "orderbook_snapshot" };
    const late = { fault: "frame_reordered", match, params: { by: 2 } } as const;
    expect(heardWith(late, 2000)).toEqual(["subscribed:-", "delta:2", "delta:3", "snapshot:1"]);
    expect(heardWith({ fault: "frame_repeated", match }, 0)).toEqual([
      "subscribed:-",
      "snapshot:1",
      "snapshot:1",
    ]);
    expect(heardWith({ fault: "frame_dropped", match }, 1000)).toEqual(["subscribed:-", "delta:2"]);
  });

  test("a sid can count from 1 again", () => {
    const rule = { fault: "seq_reset", match: DELTAS, when: { nth: 2 } } as const;
    expect(heardWith(rule, 4000).slice(2)).toEqual(["delta:2", "delta:1", "delta:2", "delta:3"]);
  });

  test("a frame that is held back holds back those behind it", () => {
    const exchange = tinyExchange([
      { fault: "frame_delayed", match: DELTAS, when: { nth: 1 }, params: { ms: 2500 } },
    ]);
    const socket = bookClient(exchange);
    runFor(exchange, 5000);
    expect(heard(socket).slice(2)).toEqual(["delta:2", "delta:3", "delta:4", "delta:5", "delta:6"]);
    expect(socket.timesMs.slice(2).map((ms) => ms - START_MS)).toEqual([
      3500, 3500, 3500, 4000, 5000,
    ]);
  });

  test("something the exchange never said comes before a frame", () => {
    const rule = { fault: "frame_injected", match: DELTAS, when: { nth: 1 } } as const;
    expect(heardWith(rule, 1000)).toEqual(["subscribed:-", "snapshot:1", "surprise:-", "delta:2"]);
  });
});

describe("silence", () => {
  test("a muted sid says nothing, its pings and answers come, and its numbers close up", () => {
    const exchange = tinyExchange([
      { fault: "muted", match: DELTAS, when: { nth: 2 }, params: { ms: 2500 } },
    ]);
    const socket = bookClient(exchange);
    runFor(exchange, 3000);
    socket.update(2, { sid: 1, action: "get_snapshot", market_tickers: [TICKER] });
    runFor(exchange, 10_000);
    expect(heard(socket).slice(2)).toEqual([
      "delta:2",
      "snapshot:3",
      ...Array.from({ length: 6 }, (_, at) => `delta:${at + 4}`),
    ]);
    expect(socket.pings).toHaveLength(1);
  });

  test("the end of a subscription is an error, and a new one begins with a new number", () => {
    const exchange = tinyExchange([
      { fault: "channel_error", match: DELTAS, when: { nth: 2 }, params: { code: 25 } },
    ]);
    const socket = bookClient(exchange);
    runFor(exchange, 4000);
    expect(heard(socket).slice(2)).toEqual(["delta:2", "error:-"]);
    expect(socket.frames.at(-1)).toMatchObject({
      sid: 1,
      msg: { code: 25, msg: "Subscription buffer overflow" },
    });
    socket.take();
    socket.subscribe(2, ["orderbook_delta"], { market_tickers: [TICKER] });
    runFor(exchange, 5000);
    expect(heard(socket)).toEqual(["subscribed:-", "snapshot:1", "delta:2"]);
  });
});

describe("commands", () => {
  test("refused: an error with the command's id, and nothing is subscribed", () => {
    const exchange = tinyExchange([
      { fault: "command_refused", match: { cmd: "subscribe" }, params: { code: 26 } },
    ]);
    const socket = bookClient(exchange);
    runFor(exchange, 2000);
    expect(socket.frames).toMatchObject([{ type: "error", id: 1, msg: { code: 26 } }]);
  });

  test("lost: nothing at all, or data without the acknowledgement", () => {
    const lost = { fault: "command_lost", match: { channel: "orderbook_delta" } } as const;
    expect(heardWith(lost, 2000)).toEqual([]);
    expect(heardWith({ ...lost, params: { after: true } }, 2000)).toEqual([
      "snapshot:1",
      "delta:2",
      "delta:3",
    ]);
  });
});

/** Acknowledgements and snapshots in the order in which they come. */
function acknowledgements(rule: FaultRule): string[] {
  const exchange = tinyExchange([rule]);
  const socket = new TestSocket(exchange, "kalshi");
  socket.subscribe(1, ["orderbook_delta", "trade"], { market_tickers: [TICKER] });
  socket.subscribe(2, ["market_lifecycle_v2"]);
  runFor(exchange, 2000);
  return socket.frames
    .filter(({ type }) => type === "subscribed" || type === "orderbook_snapshot")
    .map(({ type, msg }) => `${type} ${"channel" in msg ? String(msg.channel) : ""}`);
}

describe("order of answers", () => {
  test("a late command is answered after the next one, with its data", () => {
    const rule = { fault: "command_late", match: { channel: "orderbook_delta" } } as const;
    expect(acknowledgements(rule)).toEqual([
      "subscribed market_lifecycle_v2",
      "subscribed orderbook_delta",
      "subscribed trade",
      "orderbook_snapshot ",
    ]);
  });

  test("data between two acknowledgements of one command", () => {
    expect(acknowledgements({ fault: "command_interleaved" })).toEqual([
      "subscribed orderbook_delta",
      "orderbook_snapshot ",
      "subscribed trade",
      "subscribed market_lifecycle_v2",
    ]);
  });
});

describe("corruption", () => {
  type How = ParamsOf<"frame_corrupted">["how"];

  function corrupted(how: How, type = "orderbook_delta"): string {
    const exchange = tinyExchange([
      { fault: "frame_corrupted", match: { type }, when: { nth: 1 }, params: { how } },
    ]);
    const socket = bookClient(exchange);
    runFor(exchange, 1000);
    return socket.texts[type === "orderbook_delta" ? 2 : 1] ?? "nothing";
  }

  test.each<How>(["truncated", "garbage", "binary", "empty"])("%s is no JSON", (how) => {
    expect(() => JSON.parse(corrupted(how))).toThrow();
  });

  test.each<[How, RegExp]>([
    ["not_an_object", /^\[\{/],
    ["oversize", /^\{"pad":"x{1000}/],
    ["deep", /^\{"deep":\[{1000}/],
    ["duplicate_keys", /"seq":"0.0001","seq":2/],
    ["wrong_types", /"price_dollars":0.0470,"delta_fp":-54.00/],
    ["unknown_type", /"type":"orderbook_delta_v9"/],
    ["renamed_type", /"type":"orderbook_deltas"/],
    ["renamed_field", /"renamed_market_ticker":/],
    ["missing_field", /"msg":\{"market_id"/],
    ["unknown_market", /"market_ticker":"KXNONE-26JAN0100-00"/],
    ["bad_side", /"side":"maybe"/],
    ["price_zero", /"price_dollars":"0.0000"/],
    ["price_one", /"price_dollars":"1.0000"/],
    ["negative_size", /"delta_fp":"-99999999.00"/],
    ["crossed", /"price_dollars":"0.9990","delta_fp":"54.00"/],
  ])("%s of a delta", (how, expected) => {
    const text = corrupted(how);
    expect(text).toMatch(expected);
    expect(() => JSON.parse(text)).not.toThrow();
  });

  test("a snapshot with a negative size, or a price of 1", () => {
    expect(corrupted("negative_size", "orderbook_snapshot")).toContain('["0.9400","-500.00"]');
    expect(corrupted("price_one", "orderbook_snapshot")).toContain('["1.0000","500.00"]');
  });

  test("what does not apply to a frame breaks it all the same", () => {
    const text = corrupted("bad_side", "orderbook_snapshot");
    expect(() => JSON.parse(text)).toThrow();
  });
});

test("rules can be added and taken away while clients are connected", () => {
  const exchange = tinyExchange();
  const socket = bookClient(exchange);
  runFor(exchange, 1000);
  const [id] = exchange.faults.add([{ fault: "frame_dropped" }]);
  runFor(exchange, 2000);
  exchange.faults.remove(id ?? 0);
  runFor(exchange, 3000);
  expect(heard(socket).slice(2)).toEqual(["delta:2", "delta:4"]);
});

test("the exchange's clock is off in frames too", () => {
  const exchange = tinyExchange([
    { fault: "clock_skewed", params: { by_ms: 1300, for_ms: 1000 }, when: { afterMs: 500 } },
  ]);
  const socket = bookClient(exchange);
  runFor(exchange, 3000);
  const times = socket.texts.slice(2).map((text) => JSON.parse(text).msg.ts_ms - START_MS);
  expect(times).toEqual([2300, 2000, 3000]);
});

test("spot venues are struck by name, the exchange is not", () => {
  const exchange = tinyExchange([{ fault: "frame_dropped", match: { venue: "coinbase" } }]);
  const kalshi = bookClient(exchange);
  const coinbase = new TestSocket(exchange, "coinbase");
  coinbase.say({ type: "subscribe", channel: "ticker", product_ids: ["BTC-USD"] });
  expect(coinbase.texts).toEqual([]);
  expect(kalshi.texts).not.toEqual([]);
});
