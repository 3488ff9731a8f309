import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeKraken, KRAKEN_SHAPES } from "../../../../../src/adapters/feeds/kraken/frames.ts";
import { misfitOf } from "../../../../../src/adapters/platform/shape.ts";
import { fixtureLines } from "../../fixtures.ts";

const RECV_MS = 5;
const reference = fixtureLines("kraken/ws-reference.jsonl");
const recorded = ["book-btc-depth10", "book-small-prices"].flatMap((name) =>
  fixtureLines(`kraken/${name}.jsonl`),
);
const level = (price: number, qty: number): [number, number] => [price, qty];

test("the samples of the reference, frame by frame", () => {
  const spot = { type: "spot", source: "kraken", product: "BTC-USD", recvMs: RECV_MS };
  const bookMs = Date.parse("2026-10-06T17:35:55.440Z");
  expect(reference.map((line) => decodeKraken(line, RECV_MS))).toEqual([
    { kind: "system", system: "online" },
    { kind: "control" },
    { kind: "control" },
    { kind: "answer", answer: { reqId: 1, product: "BTC-USD", error: null } },
    {
      kind: "answer",
      answer: { reqId: 1, product: "FOO-USD", error: "Currency pair not supported FOO/USD" },
    },
    {
      kind: "ticks",
      channel: "ticker",
      ticks: [
        {
          ...spot,
          kind: "quote",
          priceUsd: 105_899.4,
          bidUsd: 105_944.2,
          askUsd: 105_944.3,
          size: null,
          tradeId: null,
          exchangeMs: Date.parse("2026-12-25T09:30:59.123Z"),
        },
      ],
      rejects: [],
    },
    {
      kind: "ticks",
      channel: "trade",
      ticks: [
        {
          ...spot,
          kind: "trade",
          priceUsd: 105_944.2,
          bidUsd: null,
          askUsd: null,
          size: 0.00027625,
          tradeId: "10218208",
          exchangeMs: bookMs,
        },
      ],
      rejects: [],
    },
    {
      kind: "books",
      changes: [
        {
          product: "BTC-USD",
          isSnapshot: true,
          bids: [level(105_944.2, 0.136)],
          asks: [level(105_944.3, 0.136)],
          checksum: 2_439_117_997,
          exchangeMs: bookMs,
        },
      ],
      rejects: [],
    },
    {
      kind: "books",
      changes: [
        {
          product: "BTC-USD",
          isSnapshot: false,
          bids: [level(105_944.2, 0.25)],
          asks: [],
          checksum: 2_114_181_697,
          exchangeMs: bookMs,
        },
      ],
      rejects: [],
    },
    { kind: "control" },
    { kind: "pairs", precisions: new Map([["BTC-USD", { price: 1, qty: 8 }]]) },
  ]);
});

test("nothing that was recorded is refused", () => {
  const kinds = recorded.map((line) => {
    const frame = decodeKraken(line, RECV_MS);
    return "rejects" in frame && frame.rejects.length > 0 ? "refused" : frame.kind;
  });
  expect(new Set(kinds)).toEqual(new Set(["system", "answer", "control", "books"]));
});

test("the shapes fit every sample of their channel, so none of them is taken for another one", () => {
  const channels: string[] = [];
  for (const line of [...reference, ...recorded]) {
    const frame = JSON.parse(line);
    const shape = KRAKEN_SHAPES[frame.channel];
    if (shape === undefined) continue;
    channels.push(frame.channel);
    expect(misfitOf(shape, frame)).toBeNull();
  }
  expect(new Set(channels)).toEqual(new Set(["ticker", "trade", "book", "instrument"]));
});

const TICKER = {
  symbol: "BTC/USD",
  last: 1.5,
  bid: 1.4,
  ask: 1.6,
  timestamp: "2026-08-17T04:45:00Z",
};
const TRADE = {
  symbol: "BTC/USD",
  price: 1.5,
  qty: 0.1,
  trade_id: 7,
  timestamp: "2026-08-17T04:45:00Z",
};
const BOOK = { symbol: "BTC/USD", bids: [{ price: 1, qty: 2 }], asks: [], checksum: 3 };

function rejectsOf(channel: string, item: unknown, type = "update"): readonly string[] {
  const frame = decodeKraken(JSON.stringify({ channel, type, data: [item] }), RECV_MS);
  return "rejects" in frame ? frame.rejects : [frame.kind];
}

describe("observations that are refused", () => {
  test.each([
    ["what is right is not", "ticker", TICKER, []],
    ["a ticker without its optional time is not", "ticker", { ...TICKER, timestamp: null }, []],
    ["no object", "ticker", 3, ["not_an_object"]],
    ["no symbol", "ticker", { ...TICKER, symbol: undefined }, ["no_product"]],
    ["a symbol that is no pair", "ticker", { ...TICKER, symbol: "BTCUSD" }, ["no_product"]],
    ["a symbol without a quote", "ticker", { ...TICKER, symbol: "BTC/" }, ["no_product"]],
    ["last price 0", "ticker", { ...TICKER, last: 0 }, ["bad_price"]],
    ["bid 0", "ticker", { ...TICKER, bid: 0 }, ["bad_price"]],
    ["ask missing", "ticker", { ...TICKER, ask: undefined }, ["bad_price"]],
    ["price as text", "ticker", { ...TICKER, last: "1.5" }, ["bad_price"]],
    [
      "a time of 1970",
      "ticker",
      { ...TICKER, timestamp: "1970-01-01T00:00:00.000000Z" },
      ["bad_time"],
    ],
    ["a time in words", "ticker", { ...TICKER, timestamp: "noon" }, ["bad_time"]],
    ["a whole trade is not", "trade", TRADE, []],
    ["trade id as text", "trade", { ...TRADE, trade_id: "7" }, ["bad_trade_id"]],
    ["trade id beyond 2^53", "trade", { ...TRADE, trade_id: 2 ** 60 }, ["bad_trade_id"]],
    ["trade price below 0", "trade", { ...TRADE, price: -1 }, ["bad_price"]],
    ["trade of nothing", "trade", { ...TRADE, qty: 0 }, ["bad_size"]],
    ["trade without a time", "trade", { ...TRADE, timestamp: undefined }, ["bad_time"]],
    ["a whole book is not", "book", BOOK, []],
    ["book without a side", "book", { ...BOOK, asks: undefined }, ["bad_level"]],
    ["level without a price", "book", { ...BOOK, bids: [{ qty: 1 }] }, ["bad_level"]],
    ["level below 0", "book", { ...BOOK, bids: [{ price: 1, qty: -1 }] }, ["bad_level"]],
    ["level that is a pair", "book", { ...BOOK, bids: [[1, 2]] }, ["bad_level"]],
    ["no checksum", "book", { ...BOOK, checksum: undefined }, ["bad_checksum"]],
    ["checksum beyond 32 bits", "book", { ...BOOK, checksum: 2 ** 32 }, ["bad_checksum"]],
    ["book of 1970", "book", { ...BOOK, timestamp: "1970-01-01T00:00:00.000000Z" }, ["bad_time"]],
  ])("%s", (_name, channel, item, rejects) => {
    expect(rejectsOf(channel, item)).toEqual(rejects);
  });
});

describe("frames", () => {
  test.each([
    ["garbage", "{", { kind: "unreadable", channel: null, reason: "bad_json" }],
    ["a list", "[]", { kind: "unreadable", channel: null, reason: "not_an_object" }],
    [
      "neither channel nor method",
      "{}",
      { kind: "unreadable", channel: null, reason: "no_channel" },
    ],
    [
      "data that is no list",
      '{"channel":"trade","data":{}}',
      { kind: "unreadable", channel: "trade", reason: "no_data" },
    ],
    [
      "a ticker without data",
      '{"channel":"ticker"}',
      { kind: "unreadable", channel: "ticker", reason: "no_data" },
    ],
    [
      "a book without data",
      '{"channel":"book"}',
      { kind: "unreadable", channel: "book", reason: "no_data" },
    ],
    [
      "a book of another type",
      '{"channel":"book","type":"x","data":[]}',
      { kind: "unreadable", channel: "book", reason: "no_type" },
    ],
    [
      "instruments without pairs",
      '{"channel":"instrument","data":{}}',
      { kind: "unreadable", channel: "instrument", reason: "no_data" },
    ],
    [
      "instruments without precisions",
      '{"channel":"instrument","data":{"pairs":[{"symbol":"A/B"}]}}',
      { kind: "unreadable", channel: "instrument", reason: "no_precision" },
    ],
    [
      "one odd pair among others",
      '{"channel":"instrument","data":{"pairs":[7,{"symbol":"A/B","price_precision":99,"qty_precision":1},{"symbol":"C/D","price_precision":2,"qty_precision":5}]}}',
      { kind: "pairs", precisions: new Map([["C-D", { price: 2, qty: 5 }]]) },
    ],
    [
      "a channel of the future",
      '{"channel":"level4","data":[]}',
      { kind: "unknown", name: "level4" },
    ],
    [
      "trades of the past",
      '{"channel":"trade","type":"snapshot","data":[{}]}',
      { kind: "control" },
    ],
    ["a status without words", '{"channel":"status","data":[]}', { kind: "control" }],
    [
      "maintenance",
      '{"channel":"status","data":[{"system":"maintenance"}]}',
      { kind: "system", system: "maintenance" },
    ],
    [
      "a refusal that names no symbol",
      '{"error":"Subscription depth not supported","method":"subscribe","success":false,"req_id":3}',
      {
        kind: "answer",
        answer: { reqId: 3, product: null, error: "Subscription depth not supported" },
      },
    ],
    [
      "a complaint about no request",
      '{"error":"Exceeded msg rate"}',
      { kind: "answer", answer: { reqId: null, product: null, error: "Exceeded msg rate" } },
    ],
    [
      "failure is what `success` says, whatever the words",
      '{"method":"subscribe","success":false,"req_id":1}',
      { kind: "answer", answer: { reqId: 1, product: null, error: "refused" } },
    ],
  ])("%s", (_name, text, frame) => {
    expect(decodeKraken(text, RECV_MS)).toEqual(frame);
  });

  test("mutated frames never throw", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...reference, ...recorded),
        fc.nat(3000),
        fc.string({ maxLength: 5 }),
        (line, at, text) => {
          const place = at % line.length;
          decodeKraken(line.slice(0, place) + text + line.slice(place + text.length), RECV_MS);
        },
      ),
      { numRuns: 1000 },
    );
  });

  test("any JSON under any channel never throws", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("ticker", "trade", "book", "instrument", "status", "x"),
        fc.constantFrom("snapshot", "update"),
        fc.oneof(fc.jsonValue(), fc.array(fc.jsonValue())),
        (channel, type, data) => {
          decodeKraken(JSON.stringify({ channel, type, data }), RECV_MS);
        },
      ),
      { numRuns: 500 },
    );
  });
});
