import { describe, expect, test } from "vitest";
import { isRefusal } from "../../../../src/exchange/exchange.ts";
import type { FaultRule } from "../../../../src/exchange/faults/fault-rule.ts";
import type { ConnectionFaults } from "../../../../src/exchange/faults/fault-statistics.ts";
import { START_MS } from "../../../support/tiny-world.ts";
import { signedHeaders, WS_PATH } from "../server/client.ts";
import { bookClient, heard, runFor, tinyExchange } from "./rig.ts";

function upgrade(rules: readonly FaultRule[]) {
  const exchange = tinyExchange(rules);
  const headers = signedHeaders(exchange, { method: "GET", path: WS_PATH, atMs: START_MS });
  const peer = { send: () => {}, close: () => {}, buffered: () => 0 };
  return exchange.connect("kalshi", { path: WS_PATH, headers }, peer);
}

describe("upgrades", () => {
  test("refused as by a revoked key, or sent elsewhere", () => {
    const refused = upgrade([{ fault: "upgrade_refused" }]);
    expect(refused).toMatchObject({ status: 401, body: expect.stringContaining("NOT_FOUND") });
    const params = { status: 307, location: "http://elsewhere/" };
    expect(upgrade([{ fault: "upgrade_refused", params }])).toEqual({ ...params, body: "" });
  });

  test("only the one that was meant", () => {
    expect(isRefusal(upgrade([{ fault: "upgrade_refused", when: { nth: 2 } }]))).toBe(false);
  });

  test("a clock that is a minute off refuses every signature", () => {
    const exchange = tinyExchange([{ fault: "clock_skewed", params: { by_ms: 60_000 } }]);
    runFor(exchange, 0);
    const headers = signedHeaders(exchange, { method: "GET", path: WS_PATH, atMs: START_MS });
    const peer = { send: () => {}, close: () => {}, buffered: () => 0 };
    expect(exchange.connect("kalshi", { path: WS_PATH, headers }, peer)).toMatchObject({
      status: 401,
    });
  });
});

describe("ends", () => {
  test.each([1000, 1001, 1011, 1006])("with code %i, and nothing is sent after it", (code) => {
    const exchange = tinyExchange([
      { fault: "connection_closed", when: { afterMs: 2500 }, params: { code } },
    ]);
    const socket = bookClient(exchange);
    runFor(exchange, 5000);
    expect(socket.closeCode).toBe(code);
    expect(heard(socket).slice(2)).toEqual(["delta:2", "delta:3"]);
    // The exchange has forgotten the connection: it would ping it otherwise.
    runFor(exchange, 30_000);
    expect(socket.pings).toEqual([]);
  });

  test("every so often, each connection that is there", () => {
    const exchange = tinyExchange([
      { fault: "connection_reset", when: { afterMs: 1500, everyMs: 1000, times: 2 } },
    ]);
    const first = bookClient(exchange);
    runFor(exchange, 2000);
    const second = bookClient(exchange);
    runFor(exchange, 5000);
    expect([first.closeCode, second.closeCode]).toEqual([1006, 1006]);
  });

  test("after so many frames", () => {
    const exchange = tinyExchange([
      { fault: "connection_closed", match: { type: "orderbook_delta" }, when: { nth: 3 } },
    ]);
    const socket = bookClient(exchange);
    runFor(exchange, 9000);
    expect(heard(socket).slice(2)).toEqual(["delta:2", "delta:3", "delta:4"]);
  });
});

test("half open: nothing arrives, no ping, no answer, no close", () => {
  const exchange = tinyExchange([{ fault: "half_open", when: { afterMs: 1500 } }]);
  const socket = bookClient(exchange);
  runFor(exchange, 3000);
  socket.subscribe(2, ["trade"]);
  runFor(exchange, 60_000);
  expect(heard(socket)).toEqual(["subscribed:-", "snapshot:1", "delta:2"]);
  expect(socket.pings).toEqual([]);
  expect(socket.closeCode).toBeNull();
});

describe("slow links", () => {
  test("latency moves every frame, in order, and ends with its time", () => {
    const exchange = tinyExchange([
      { fault: "link_slow", when: { afterMs: 500 }, params: { latency_ms: 700, for_ms: 2000 } },
    ]);
    const socket = bookClient(exchange);
    runFor(exchange, 4000);
    expect(socket.timesMs.slice(2).map((ms) => ms - START_MS)).toEqual([1700, 2700, 3000, 4000]);
  });

  test("bandwidth makes a backlog that the exchange sees", () => {
    const exchange = tinyExchange([{ fault: "link_slow", params: { bytes_per_s: 100 } }]);
    const socket = bookClient(exchange);
    exchange.runUntil(START_MS);
    runFor(exchange, 8000);
    const sent = exchange.faults.statistics().connections[0];
    expect(sent?.waiting).toBeGreaterThan(3);
    // A delta has more than 200 bytes, so at 100 bytes a second one takes more than two seconds.
    const [first = 0, second = 0] = socket.timesMs.slice(2);
    expect(second - first).toBeGreaterThan(2000);
    runFor(exchange, 60_000);
    expect(heard(socket).slice(2)).toHaveLength(10);
  });
});

function countsWith(rule: FaultRule, ms = 10_000): ConnectionFaults {
  const exchange = tinyExchange([rule]);
  bookClient(exchange);
  runFor(exchange, ms);
  const [counts] = exchange.faults.statistics().connections;
  if (counts === undefined) throw new Error("no connection");
  return counts;
}

describe("counts", () => {
  test.each<[name: string, rule: FaultRule, expected: object]>([
    ["dropped", { fault: "frame_dropped", when: { nth: 3 } }, { delivered: 10, withheld: 1 }],
    ["repeated", { fault: "frame_repeated", when: { nth: 3 } }, { delivered: 11, extra: 1 }],
    ["injected", { fault: "frame_injected", when: { nth: 3 } }, { delivered: 11, extra: 1 }],
    ["corrupted", { fault: "frame_corrupted", when: { nth: 3 } }, { delivered: 11, altered: 1 }],
    ["reordered", { fault: "frame_reordered", when: { nth: 3 } }, { delivered: 11 }],
    ["delayed", { fault: "frame_delayed", when: { nth: 3 } }, { delivered: 11 }],
    ["half open", { fault: "half_open", when: { afterMs: 4500 } }, { delivered: 5, withheld: 6 }],
  ])("%s: sent is delivered and withheld together", (_name, rule, expected) => {
    const zero = { sent: 11, delivered: 0, altered: 0, withheld: 0, extra: 0, muted: 0 };
    const { channels, waiting } = countsWith({ ...rule, match: { channel: "orderbook_delta" } });
    const all = rule.fault === "half_open" ? countsWith(rule).channels : channels;
    expect(all["orderbook_delta"]).toEqual({ ...zero, ...expected });
    expect(waiting).toBe(0);
  });

  test("a muted frame was never sent", () => {
    const rule = { fault: "muted", match: { type: "orderbook_delta" }, when: { nth: 4 } } as const;
    expect(countsWith(rule).channels["orderbook_delta"]).toMatchObject({ sent: 4, muted: 7 });
  });

  test("each withheld frame is listed with its number, market, time and cause", () => {
    const { withheld } = countsWith({ fault: "frame_dropped", when: { nth: 4 } });
    expect(withheld).toEqual([
      {
        channel: "orderbook_delta",
        sid: 1,
        seq: 3,
        ticker: "KXBTC15M-26AUG170100-00",
        atMs: START_MS + 2000,
        by: "frame_dropped",
      },
    ]);
  });

  test("what waited in a link that ended was sent and is withheld", () => {
    const exchange = tinyExchange([
      { fault: "link_slow", params: { latency_ms: 3000 } },
      { fault: "connection_reset", when: { afterMs: 5500 } },
    ]);
    exchange.runUntil(START_MS);
    const client = bookClient(exchange);
    exchange.faults.add([{ fault: "link_slow", params: { latency_ms: 3000 } }]);
    runFor(exchange, 6000);
    const [counts] = exchange.faults.statistics().connections;
    expect(counts).toMatchObject({ endedBy: "fault", waiting: 0 });
    expect(counts?.channels["orderbook_delta"]).toMatchObject({
      sent: 6,
      delivered: 3,
      withheld: 3,
    });
    expect(heard(client).slice(2)).toHaveLength(2);
  });
});
