import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decode } from "../../../../src/adapters/kalshi/wire.ts";
import { fixtureLines } from "../fixtures.ts";

const RECV_MS = 1_800_000_000_000;
const FILES = [
  "kalshi/ws-btc15m-open.jsonl",
  "kalshi/ws-btc15m-close.jsonl",
  "kalshi/ws-kxbtc-20260418.jsonl",
  "kalshi/ws-merge-20260807.jsonl",
  "kalshi/ws-reference.jsonl",
] as const;

function delta(change: Record<string, unknown>): string {
  const msg = {
    market_ticker: "M",
    price_dollars: "0.6700",
    delta_fp: "79.00",
    side: "no",
    ts_ms: 1,
    ...change,
  };
  return JSON.stringify({ type: "orderbook_delta", sid: 1, seq: 2, msg });
}

describe("recorded frames", () => {
  test.each(FILES)("%s holds nothing that is rejected", (file) => {
    const rejected = fixtureLines(file)
      .map((line) => decode(line, RECV_MS))
      .filter((frame) => frame.kind === "rejected");
    expect(rejected).toEqual([]);
  });

  test("a delta becomes integers and keeps the exchange's stamp", () => {
    const line = fixtureLines("kalshi/ws-reference.jsonl").find((text) =>
      text.startsWith('{"type":"orderbook_delta"'),
    );
    expect(decode(line ?? "", RECV_MS)).toMatchObject({
      kind: "data",
      sid: 1,
      seq: 2,
      event: {
        type: "delta",
        ticker: "KXBTC15M-26MAY150530-30",
        side: "no",
        price: 6700,
        delta: 7900,
        exchangeMs: 1_778_836_626_020,
        recvMs: RECV_MS,
      },
    });
  });

  test("a delta of April, without ts_ms, takes its time from the RFC 3339 text", () => {
    const frame = fixtureLines("kalshi/ws-kxbtc-20260418.jsonl")
      .map((line) => decode(line, RECV_MS))
      .find((one) => one.kind === "data" && one.event.type === "delta");
    expect(frame).toMatchObject({ event: { exchangeMs: Date.parse("2026-04-18T05:34:49.816Z") } });
  });

  test("the snapshot after the close has neither side", () => {
    const empty = fixtureLines("kalshi/ws-btc15m-close.jsonl")
      .map((line) => decode(line, RECV_MS))
      .find((frame) => frame.kind === "data" && frame.event.type === "snapshot");
    expect(empty).toMatchObject({ event: { yes: [], no: [] } });
  });
});

describe("each message type", () => {
  const reference = fixtureLines("kalshi/ws-reference.jsonl").map((line) => decode(line, RECV_MS));

  test("control frames", () => {
    const control = reference.filter((frame) =>
      ["subscribed", "ok", "unsubscribed", "error"].includes(frame.kind),
    );
    expect(control).toEqual([
      {
        kind: "subscribed",
        sid: null,
        seq: null,
        id: 1,
        channel: "orderbook_delta",
        channelSid: 1,
      },
      { kind: "subscribed", sid: null, seq: null, id: 1, channel: "trade", channelSid: 2 },
      { kind: "ok", sid: 1, seq: 17, id: 2 },
      { kind: "unsubscribed", sid: 1, seq: 42, id: 5 },
      { kind: "ok", sid: null, seq: null, id: 6 },
      { kind: "error", sid: null, seq: null, id: 1, code: 8, message: "Unknown channel name" },
    ]);
  });

  test("lifecycle messages become facts", () => {
    const facts = reference.flatMap((frame) => (frame.kind === "lifecycle" ? [frame.fact] : []));
    expect(facts.map(({ event, seriesTicker }) => [event, seriesTicker])).toEqual([
      ["created", "KXBTC15M"],
      ["metadata_updated", "KXBTC15M"],
      ["determined", "KXBTC15M"],
      ["settled", "KXBTC15M"],
      ["event_lifecycle", "KXBTC15M"],
      ["event_fee_update", "KXBTC15M"],
    ]);
    expect(facts[0]?.closeMs).toBe(1_786_942_800_000);
    expect(facts[2]?.result).toBe("yes");
  });

  test.each([
    [
      { fee_type_override: null, fee_multiplier_override: null },
      { feeType: null, multiplierBps: null },
    ],
    [
      { fee_type_override: "quadratic", fee_multiplier_override: 0.5 },
      { feeType: "quadratic", multiplierBps: 5_000 },
    ],
    [
      { fee_type_override: "flat", fee_multiplier_override: null },
      { feeType: "flat", multiplierBps: null },
    ],
    // What is not there, or no number, says nothing: the lists are asked.
    [{ fee_type_override: "quadratic" }, null],
    [{ fee_multiplier_override: 1 }, null],
    [{ fee_type_override: null, fee_multiplier_override: "0.5" }, null],
    [{ fee_type_override: null, fee_multiplier_override: -1 }, null],
    [{ fee_type_override: null, fee_multiplier_override: 1e300 }, null],
  ])("fees of an event: %j", (fields, fees) => {
    const msg = { event_ticker: "KXBTC15M-E", ...fields };
    const text = JSON.stringify({ type: "event_fee_update", sid: 3, seq: 15, msg });
    const frame = decode(text, 0);
    expect(frame).toMatchObject({ kind: "lifecycle", fact: { ticker: "KXBTC15M-E", fees } });
  });

  test("an index tick is read out of the JSON inside the JSON", () => {
    const index = reference.find((frame) => frame.kind === "data" && frame.event.type === "index");
    expect(index).toMatchObject({
      sid: 8,
      seq: 55,
      event: {
        indexId: "BRTI",
        valueUsd: 63512.34,
        avg60Usd: 63498.12345678,
        exchangeMs: 1_786_942_799_000,
      },
    });
  });

  test("a ticker and a trade", () => {
    const found = reference.flatMap((frame) => (frame.kind === "data" ? [frame.event] : []));
    expect(found.find((event) => event.type === "ticker")).toMatchObject({
      yesBid: 3100,
      yesAsk: 3200,
      last: 3100,
      yesBidQty: 177_202,
      volume: 5_425_246,
      exchangeMs: 1_778_836_626_893,
    });
    expect(found.find((event) => event.type === "trade")).toMatchObject({
      yesPrice: 9460,
      qty: 2687,
      takerSide: "no",
      exchangeMs: 1_787_051_270_699,
    });
  });

  test("private and unknown types are named, not rejected", () => {
    const unknown = reference.flatMap((frame) => (frame.kind === "unknown" ? [frame.unknown] : []));
    expect(unknown).toEqual(["fill", "user_order", "market_position", "order_group_updates"]);
  });
});

const ticker = (more: object): string =>
  JSON.stringify({
    type: "ticker",
    sid: 1,
    msg: { market_ticker: "M", yes_bid_dollars: "0", yes_ask_dollars: "1", ...more },
  });

describe("refusals", () => {
  test.each([
    ["truncated text", '{"type":"orderbook_del', "bad_json"],
    ["empty text", "", "bad_json"],
    ["an array", "[]", "not_an_object"],
    ["null", "null", "not_an_object"],
    ["no type", '{"sid":1}', "no_type"],
    ["a numeric type", '{"type":7}', "no_type"],
    ["no msg", '{"type":"ticker","sid":1}', "no_msg"],
    ["no sid", '{"type":"ticker","msg":{}}', "no_sid"],
    ["a book frame without seq", '{"type":"orderbook_delta","sid":1,"msg":{}}', "no_seq"],
    ["no ticker", delta({ market_ticker: undefined }), "no_ticker"],
    ["an unknown side", delta({ side: "maybe" }), "bad_side"],
    ["a missing price", delta({ price_dollars: undefined }), "bad_price"],
    ["a numeric price", delta({ price_dollars: 0.67 }), "bad_price"],
    ["price 0", delta({ price_dollars: "0.0000" }), "bad_price"],
    ["price 1", delta({ price_dollars: "1.0000" }), "bad_price"],
    ["a price finer than a hundredth of a cent", delta({ price_dollars: "0.67001" }), "bad_price"],
    ["a missing size", delta({ delta_fp: undefined }), "bad_size"],
    ["a size in words", delta({ delta_fp: "many" }), "bad_size"],
    [
      "a negative snapshot level",
      '{"type":"orderbook_snapshot","sid":1,"seq":1,"msg":{"market_ticker":"M","yes_dollars_fp":[["0.5","-1.00"]]}}',
      "bad_level",
    ],
    [
      "an index value of zero",
      '{"type":"cfbenchmarks_value","sid":1,"seq":1,"msg":{"index_id":"BRTI","data":"{\\"time\\":1,\\"value\\":\\"0\\"}"}}',
      "bad_value",
    ],
    [
      "broken JSON inside an index message",
      '{"type":"cfbenchmarks_value","sid":1,"seq":1,"msg":{"index_id":"BRTI","data":"{"}}',
      "bad_data",
    ],
    ["an ack without channel", '{"type":"subscribed","id":1,"msg":{}}', "bad_ack"],
  ])("%s", (_name, text, reason) => {
    expect(decode(text, RECV_MS)).toMatchObject({ kind: "rejected", reject: reason });
  });

  test("an absent optional size is null, an unreadable one refuses the ticker", () => {
    expect(decode(ticker({}), RECV_MS)).toMatchObject({
      event: { yesBid: 0, yesAsk: 10_000, last: null, volume: null, exchangeMs: null },
    });
    expect(decode(ticker({ volume_fp: "x" }), RECV_MS)).toMatchObject({ reject: "bad_size" });
    expect(decode(ticker({ price_dollars: "0.0000" }), RECV_MS)).toMatchObject({
      event: { last: null },
    });
  });
});

describe("fuzz", () => {
  const lines = FILES.flatMap((file) => fixtureLines(file).slice(0, 40));

  test("mutated frames never throw and never give a number that is none", () => {
    const mutation = fc.tuple(
      fc.constantFrom(...lines),
      fc.array(fc.tuple(fc.nat(2000), fc.string({ maxLength: 4 }), fc.nat(6)), {
        minLength: 1,
        maxLength: 6,
      }),
    );
    fc.assert(
      fc.property(mutation, ([line, edits]) => {
        let text = line;
        for (const [at, insert, remove] of edits) {
          const place = at % (text.length + 1);
          text = text.slice(0, place) + insert + text.slice(place + remove);
        }
        const frame = decode(text, RECV_MS);
        if (frame.kind !== "data") return;
        for (const value of Object.values(frame.event)) {
          if (typeof value === "number") expect(Number.isFinite(value)).toBe(true);
        }
      }),
      { numRuns: 1500 },
    );
  });

  test("values swapped for other JSON values never throw", () => {
    const objects = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    fc.assert(
      fc.property(
        fc.constantFrom(...objects),
        fc.nat(20),
        fc.jsonValue({ maxDepth: 3 }),
        (frame, pick, value) => {
          const msg = { ...(frame["msg"] as Record<string, unknown>) };
          const keys = Object.keys(msg);
          const key = keys[pick % Math.max(1, keys.length)] ?? "type";
          decode(JSON.stringify({ ...frame, msg: { ...msg, [key]: value } }), RECV_MS);
          decode(JSON.stringify({ ...frame, [pick % 2 === 0 ? "msg" : "seq"]: value }), RECV_MS);
        },
      ),
      { numRuns: 1500 },
    );
  });

  test("deep nesting is refused like any other nonsense", () => {
    expect(decode("[".repeat(200_000), RECV_MS).kind).toBe("rejected");
  });
});
