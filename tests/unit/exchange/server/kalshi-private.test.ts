import { describe, expect, test } from "vitest";
import type { OrderState } from "../../../../src/exchange/trading/types.ts";
import { OTHER_TICKER, START_MS, TICKER, type TinyStep } from "../../../support/tiny-world.ts";
import { EVENTS, FILL, ORDER } from "./account-events.ts";
import { HubRig } from "./hub-rig.ts";

const PRIVATE = ["fill", "user_orders", "market_positions", "order_group_updates"];

describe("account events", () => {
  test("each goes to its own channel under its own type, numbered on order_group_updates only", () => {
    const rig = new HubRig();
    const socket = rig.socket();
    socket.subscribe(1, PRIVATE);
    socket.take();
    for (const event of EVENTS) rig.hub.account(event);
    expect(socket.frames.map(({ type, sid, seq }) => [type, sid, seq])).toEqual([
      ["user_order", 2, undefined],
      ["fill", 1, undefined],
      ["market_position", 3, undefined],
      ["order_group_updates", 4, 1],
    ]);
    expect(socket.frames.map(({ msg }) => msg)).toMatchObject([
      { order_id: ORDER.orderId, ticker: TICKER, status: "resting" },
      { trade_id: FILL.tradeId, post_position_fp: "1.00", fee_cost: "0.017500" },
      { market_ticker: TICKER, position_fp: "1.00", position_cost_dollars: "0.520000" },
      {
        event_type: "triggered",
        order_group_id: "9d1c2b3a-6b7e-4d22-8c0f-1f2e3d4c5b6a",
        contracts_limit_fp: "100.00",
      },
    ]);
  });

  test("every connection of the account is told", () => {
    const rig = new HubRig();
    const sockets = [rig.socket(), rig.socket()];
    for (const socket of sockets) socket.subscribe(1, ["fill"]);
    rig.hub.account({ type: "fill", fill: FILL, atMs: START_MS });
    expect(sockets.map((socket) => socket.frames.length)).toEqual([2, 2]);
  });

  test("a ticker filter keeps other markets out, and can be widened", () => {
    const rig = new HubRig();
    const socket = rig.socket();
    socket.subscribe(1, ["fill", "user_orders", "market_positions"], {
      market_tickers: [OTHER_TICKER],
    });
    socket.take();
    for (const event of EVENTS) rig.hub.account(event);
    expect(socket.take()).toEqual([]);
    socket.update(2, { sid: 1, action: "add_markets", market_tickers: [TICKER] });
    for (const event of EVENTS) rig.hub.account(event);
    expect(socket.take().map(({ type }) => type)).toEqual(["ok", "fill"]);
  });

  test("nobody who did not subscribe is told", () => {
    const rig = new HubRig();
    const socket = rig.socket();
    socket.subscribe(1, ["orderbook_delta", "trade", "ticker"], { market_tickers: [TICKER] });
    socket.take();
    for (const event of EVENTS) rig.hub.account(event);
    expect(socket.take()).toEqual([]);
  });
});

function delta(orderId?: string): TinyStep {
  const atMs = START_MS + 1000;
  const change = { ticker: TICKER, side: "yes", priceCc: 5200, deltaCq: 100, atMs } as const;
  const owner = orderId === undefined ? {} : { orderId };
  return { atMs, happening: { type: "delta", ...change, ...owner } };
}

function bodies(steps: readonly TinyStep[], order: OrderState) {
  const rig = new HubRig({
    steps,
    order: (orderId) => (orderId === order.orderId ? order : undefined),
  });
  const socket = rig.socket();
  socket.subscribe(1, ["orderbook_delta"], { market_tickers: [TICKER] });
  socket.take();
  rig.runUntil(START_MS + 1000);
  return socket.take().map(({ msg }) => msg);
}

describe("deltas of an own order", () => {
  test("carry client_order_id and subaccount", () => {
    const [own, foreign] = bodies([delta(ORDER.orderId), delta()], ORDER);
    expect(own).toMatchObject({ client_order_id: ORDER.clientOrderId, subaccount: 3 });
    expect(foreign).not.toHaveProperty("client_order_id");
    expect(foreign).not.toHaveProperty("subaccount");
  });

  test("an order without a client id shows its subaccount alone", () => {
    const [own] = bodies([delta(ORDER.orderId)], { ...ORDER, clientOrderId: null });
    expect(own).toMatchObject({ subaccount: 3 });
    expect(own).not.toHaveProperty("client_order_id");
  });

  test("a client id cannot break out of its text", () => {
    const clientOrderId = 'a"},"x":{"\n';
    const [own] = bodies([delta(ORDER.orderId)], { ...ORDER, clientOrderId });
    expect(own?.["client_order_id"]).toBe(clientOrderId);
  });
});
