import { expect, test } from "vitest";
import { createLocalExchange } from "../../../../src/exchange/exchange.ts";
import { deltaAt, START_MS, TICKER, TinyWorld } from "../../../support/tiny-world.ts";
import { TestSocket } from "./client.ts";

const BOOK = { market_tickers: [TICKER] };

test("each frame is sent while the clock shows its own time", () => {
  const world = new TinyWorld({ steps: [deltaAt(100), deltaAt(250), deltaAt(250), deltaAt(900)] });
  const exchange = createLocalExchange({ world });
  const socket = new TestSocket(exchange, "kalshi");
  socket.subscribe(1, ["orderbook_delta"], BOOK);
  socket.take();
  exchange.runUntil(START_MS + 5000);
  expect(socket.timesMs).toEqual([100, 250, 250, 900].map((after) => START_MS + after));
  expect(world.nowMs()).toBe(START_MS + 5000);
});

test("a command given from within a frame is answered after the frames of that instant", () => {
  const world = new TinyWorld({ steps: [deltaAt(100), deltaAt(100)] });
  const exchange = createLocalExchange({ world });
  const socket = new TestSocket(exchange, "kalshi");
  socket.subscribe(1, ["orderbook_delta"], BOOK);
  socket.take();
  socket.onFrame = (frame) => {
    if (frame.seq !== 2) return;
    socket.update(9, { sid: 1, action: "get_snapshot", market_tickers: [TICKER] });
  };
  exchange.runUntil(START_MS + 100);
  expect(socket.frames.map((frame) => [frame.type, frame.seq])).toEqual([
    ["orderbook_delta", 2],
    ["orderbook_delta", 3],
    ["orderbook_snapshot", 4],
  ]);
});

test("pings follow exchange time, every 10 s, and count as something to come", () => {
  const exchange = createLocalExchange({ world: new TinyWorld(), hasWeeklyPause: false });
  expect(exchange.nextMs()).toBeNull();
  const socket = new TestSocket(exchange, "kalshi");
  expect(exchange.nextMs()).toBe(START_MS + 10_000);
  exchange.runUntil(START_MS + 25_000);
  expect(socket.pings).toEqual([
    { payload: "heartbeat", atMs: START_MS + 10_000 },
    { payload: "heartbeat", atMs: START_MS + 20_000 },
  ]);
});

test("nothing is sent to a client that hung up", () => {
  const exchange = createLocalExchange({
    world: new TinyWorld({ steps: [deltaAt(100)] }),
    hasWeeklyPause: false,
  });
  const socket = new TestSocket(exchange, "kalshi");
  socket.subscribe(1, ["orderbook_delta"], BOOK);
  socket.take();
  socket.hangUp();
  exchange.runUntil(START_MS + 1000);
  socket.say({ id: 2, cmd: "list_subscriptions" });
  expect(socket.texts).toEqual([]);
  expect(exchange.nextMs()).toBeNull();
});
