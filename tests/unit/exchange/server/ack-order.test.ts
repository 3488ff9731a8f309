// The REST answer comes before what everybody is told of the order (kalshi.md §3.5).

import { expect, test } from "vitest";
import { createLocalExchange, type LocalExchange } from "../../../../src/exchange/exchange.ts";
import { createScenarioWorld } from "../../../../src/exchange/scenario/scenario-world.ts";
import { REST_PATH, signedHeaders, TestSocket } from "./client.ts";

const PATH = `${REST_PATH}/portfolio/events/orders`;
const OWN_CC = 100;

function open() {
  const world = createScenarioWorld({ scenario: "fair", seed: 3 });
  const exchange = createLocalExchange({ world });
  const market = world
    .markets()
    .find(({ seriesTicker, status }) => seriesTicker === "KXBTC15M" && status === "active");
  const ticker = market?.ticker ?? "";
  const socket = new TestSocket(exchange, "kalshi");
  return { exchange, ticker, socket, pass: () => exchange.runUntil(world.nowMs()) };
}

let orders = 0;

function place(exchange: LocalExchange, ticker: string, change: Record<string, unknown> = {}) {
  orders++;
  const body = JSON.stringify({
    ticker,
    client_order_id: `10000000-0000-4000-8000-${`${orders}`.padStart(12, "0")}`,
    side: "bid",
    count: "5.00",
    price: "0.0100",
    time_in_force: "good_till_canceled",
    self_trade_prevention_type: "taker_at_cross",
    exchange_index: 2,
    ...change,
  });
  const headers = signedHeaders(exchange, {
    method: "POST",
    path: PATH,
    atMs: exchange.world.nowMs(),
  });
  const answer = exchange.handleHttp({
    method: "POST",
    path: PATH,
    headers: { ...headers, "content-type": "application/json" },
    body,
  });
  expect(answer.status).toBe(201);
  return JSON.parse(answer.body);
}

function typesOf(socket: TestSocket): readonly string[] {
  return socket.frames.map(({ type }) => type);
}

test("nothing is told before the answer, and all of it at the same moment after it", () => {
  const { exchange, ticker, socket, pass } = open();
  socket.subscribe(1, ["orderbook_delta", "user_orders"], { market_tickers: [ticker] });
  socket.take();
  const nowMs = exchange.world.nowMs();
  place(exchange, ticker);
  expect(socket.texts).toEqual([]);
  expect(exchange.nextMs()).toBe(nowMs);
  pass();
  expect(typesOf(socket).toSorted()).toEqual(["orderbook_delta", "user_order"]);
  expect(exchange.world.nowMs()).toBe(nowMs);
  expect(exchange.nextMs()).not.toBe(nowMs);
});

test("its owner is told which delta is his, under the client's own id", () => {
  const { exchange, ticker, socket, pass } = open();
  socket.subscribe(1, ["orderbook_delta"], { market_tickers: [ticker] });
  socket.take();
  const order = place(exchange, ticker);
  pass();
  expect(socket.take()).toMatchObject([
    {
      type: "orderbook_delta",
      msg: {
        side: "yes",
        price_dollars: "0.0100",
        delta_fp: "5.00",
        client_order_id: order.client_order_id,
        subaccount: 0,
      },
    },
  ]);
});

test("a snapshot asked for in between does not count the order twice", () => {
  const { exchange, ticker, socket } = open();
  const before = new Map(exchange.world.book(ticker)?.yes).get(OWN_CC) ?? 0;
  place(exchange, ticker);
  socket.subscribe(1, ["orderbook_delta"], { market_tickers: [ticker] });
  exchange.runUntil(exchange.world.nowMs());
  expect(typesOf(socket)).toEqual(["subscribed", "orderbook_snapshot"]);
  const levels = new Map(socket.frames[1]?.msg.yes_dollars_fp as [string, string][]);
  expect(Number(levels.get("0.0100")) * 100).toBeCloseTo(before + 500, 6);
});

test("a fill and its public trade share id and time", () => {
  const { exchange, ticker, socket, pass } = open();
  socket.subscribe(1, ["trade", "fill", "market_positions"], { market_tickers: [ticker] });
  socket.take();
  place(exchange, ticker, { price: "0.9900", count: "1.00", time_in_force: "immediate_or_cancel" });
  expect(socket.texts).toEqual([]);
  pass();
  const bodies = new Map(
    socket.frames.map(({ type, msg }) => [type, msg as Readonly<Record<string, unknown>>]),
  );
  expect([...bodies.keys()].toSorted()).toEqual(["fill", "market_position", "trade"]);
  expect(bodies.get("fill")?.["trade_id"]).toBe(bodies.get("trade")?.["trade_id"]);
  expect(bodies.get("fill")?.["ts_ms"]).toBe(bodies.get("trade")?.["ts_ms"]);
  expect(bodies.get("fill")).toMatchObject({ is_taker: true, post_position_fp: "1.00" });
  expect(bodies.get("market_position")).toMatchObject({ position_fp: "1.00" });
});
