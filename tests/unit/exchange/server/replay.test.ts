import { describe, expect, test } from "vitest";
import { createLocalExchange } from "../../../../src/exchange/exchange.ts";
import {
  deltaAt,
  OTHER_TICKER,
  START_MS,
  TICKER,
  type TinyStep,
  TinyWorld,
} from "../../../support/tiny-world.ts";
import { TestSocket } from "./client.ts";

const BOOK = { market_tickers: [TICKER] };
const SIDS = new Map([
  ["ticker", 1],
  ["orderbook_delta", 2],
]);

// Spaces and key order that no template of ours would write: only the recorded text itself can match.
function bookText(seq: number, ticker = TICKER): string {
  const type = seq === 1 ? "orderbook_snapshot" : "orderbook_delta";
  const body = seq === 1 ? '"no_dollars_fp":[["0.4800","3.00"]]' : '"price_dollars":"0.4700"';
  return `{"sid": 2, "seq": ${seq}, "type": "${type}", "msg": {"side":"no",${body},"market_ticker":"${ticker}"}}\n`;
}

function bookAt(afterMs: number, seq: number, ticker = TICKER): TinyStep {
  const atMs = START_MS + afterMs;
  const text = bookText(seq, ticker);
  return {
    atMs,
    happening: { type: "frame", channel: "orderbook_delta", ticker, sid: 2, seq, text, atMs },
  };
}

function tickerAt(afterMs: number): TinyStep {
  const atMs = START_MS + afterMs;
  const text = `{"type":"ticker","sid":1,"msg":{"market_ticker":"${TICKER}"}}\n`;
  return {
    atMs,
    happening: { type: "frame", channel: "ticker", ticker: TICKER, sid: 1, seq: null, text, atMs },
  };
}

function open(steps: readonly TinyStep[]) {
  const exchange = createLocalExchange({ world: new TinyWorld({ steps, recordedSids: SIDS }) });
  return { exchange, socket: new TestSocket(exchange, "kalshi") };
}

describe("recorded frames", () => {
  test("reach a listener who was on time as they are, under the recorder's sids", () => {
    const { exchange, socket } = open([bookAt(10, 1), tickerAt(20), bookAt(30, 2)]);
    socket.subscribe(1, ["orderbook_delta", "ticker", "trade"], BOOK);
    expect(socket.take().map((frame) => frame.msg.sid)).toEqual([2, 1, 3]);
    exchange.runUntil(START_MS + 1000);
    expect(socket.texts).toEqual([
      bookText(1),
      `{"type":"ticker","sid":1,"msg":{"market_ticker":"${TICKER}"}}\n`,
      bookText(2),
    ]);
    expect(socket.timesMs).toEqual([START_MS + 10, START_MS + 20, START_MS + 30]);
  });

  test("a late listener starts from a snapshot under the newest recorded number", () => {
    const { exchange, socket } = open([bookAt(10, 1), bookAt(20, 2), bookAt(30, 3), bookAt(40, 4)]);
    const early = new TestSocket(exchange, "kalshi");
    early.subscribe(1, ["orderbook_delta"], BOOK);
    exchange.runUntil(START_MS + 25);
    socket.subscribe(1, ["orderbook_delta"], BOOK);
    const [ack, snapshot] = socket.take();
    expect(ack?.msg.sid).toBe(2);
    expect(snapshot).toMatchObject({ type: "orderbook_snapshot", sid: 2, seq: 2 });
    expect(snapshot?.msg.yes_dollars_fp).toHaveLength(2);
    exchange.runUntil(START_MS + 1000);
    expect(socket.texts).toEqual([bookText(3), bookText(4)]);
  });

  test("numbers our own answers consumed shift the recorded ones", () => {
    const { exchange, socket } = open([bookAt(10, 1), bookAt(20, 2), bookAt(30, 3), bookAt(40, 4)]);
    socket.subscribe(1, ["orderbook_delta"], BOOK);
    exchange.runUntil(START_MS + 20);
    socket.update(2, { sid: 2, action: "get_snapshot", market_tickers: [TICKER] });
    exchange.runUntil(START_MS + 30);
    socket.subscribe(3, ["orderbook_delta"], BOOK);
    exchange.runUntil(START_MS + 40);
    expect(socket.frames.map((frame) => [frame.type, frame.seq])).toEqual([
      ["subscribed", undefined],
      ["orderbook_snapshot", 1],
      ["orderbook_delta", 2],
      ["orderbook_snapshot", 3],
      ["orderbook_delta", 4],
      ["ok", 5],
      ["orderbook_delta", 6],
    ]);
  });

  test("markets the client does not want leave no hole in its numbers", () => {
    const { exchange, socket } = open([
      bookAt(10, 1),
      bookAt(20, 2, OTHER_TICKER),
      bookAt(30, 3),
      bookAt(40, 5),
    ]);
    socket.subscribe(1, ["orderbook_delta"], BOOK);
    const other = new TestSocket(exchange, "kalshi");
    other.subscribe(1, ["orderbook_delta"], { market_tickers: [OTHER_TICKER] });
    exchange.runUntil(START_MS + 1000);
    // The recording's own gap (3 → 5) is kept: it happened.
    expect(socket.frames.map((frame) => frame.seq)).toEqual([undefined, 1, 2, 4]);
  });

  test("YES prices for a client that asked for them", () => {
    const { exchange, socket } = open([bookAt(10, 1), bookAt(20, 2)]);
    socket.subscribe(1, ["orderbook_delta"], { ...BOOK, use_yes_price: true });
    exchange.runUntil(START_MS + 1000);
    const [, snapshot, delta] = socket.frames;
    expect(snapshot?.msg.no_dollars_fp).toEqual([["0.5200", "3.00"]]);
    expect(delta?.msg.price_dollars).toBe("0.5300");
  });

  test("the end of the recorder's connection closes ours, and the next one starts afresh", () => {
    const atMs = START_MS + 20;
    const { exchange, socket } = open([
      bookAt(10, 1),
      { atMs, happening: { type: "disconnect", atMs } },
      bookAt(30, 1),
    ]);
    socket.subscribe(1, ["orderbook_delta"], BOOK);
    exchange.runUntil(atMs);
    expect(socket.closeCode).toBe(1001);
    const next = new TestSocket(exchange, "kalshi");
    next.subscribe(1, ["orderbook_delta"], BOOK);
    next.take();
    exchange.runUntil(START_MS + 30);
    expect(next.texts).toEqual([bookText(1)]);
    expect(exchange.ended).toBe(true);
    expect(exchange.nextMs()).toBeNull();
  });
});

describe("hold", () => {
  test("time stops before a frame nobody listens to, and goes on once somebody does", () => {
    const { exchange, socket } = open([deltaAt(5), bookAt(10, 1), bookAt(20, 2)]);
    expect(exchange.held).toBe(false);
    exchange.runUntil(START_MS + 15);
    expect(exchange.held).toBe(true);
    expect(exchange.world.nowMs()).toBe(START_MS + 5);
    expect(exchange.nextMs()).toBe(START_MS + 10);
    socket.subscribe(1, ["orderbook_delta"], BOOK);
    expect(exchange.held).toBe(false);
    socket.take();
    exchange.runUntil(START_MS + 15);
    expect(socket.texts).toEqual([bookText(1)]);
    expect(exchange.world.nowMs()).toBe(START_MS + 15);
  });

  test("a listener for another market does not count", () => {
    const { exchange, socket } = open([bookAt(10, 1)]);
    socket.subscribe(1, ["orderbook_delta"], { market_tickers: [OTHER_TICKER] });
    socket.subscribe(2, ["ticker"], BOOK);
    exchange.runUntil(START_MS + 10);
    expect(exchange.held).toBe(true);
  });

  test("before the frame is due time moves freely", () => {
    const { exchange } = open([bookAt(10, 1)]);
    exchange.runUntil(START_MS + 9);
    expect(exchange.held).toBe(false);
    expect(exchange.world.nowMs()).toBe(START_MS + 9);
  });

  test("a released hold stays released for that channel and market", () => {
    const { exchange } = open([bookAt(10, 1), bookAt(20, 2), bookAt(30, 1, OTHER_TICKER)]);
    exchange.runUntil(START_MS + 1000);
    exchange.releaseHold();
    expect(exchange.held).toBe(false);
    exchange.runUntil(START_MS + 1000);
    expect(exchange.held).toBe(true);
    expect(exchange.world.nowMs()).toBe(START_MS + 20);
  });

  test("a recorder's new connection waits again", () => {
    const atMs = START_MS + 20;
    const { exchange } = open([
      bookAt(10, 1),
      { atMs, happening: { type: "disconnect", atMs } },
      bookAt(30, 1),
    ]);
    exchange.runUntil(START_MS + 1000);
    exchange.releaseHold();
    exchange.runUntil(START_MS + 1000);
    expect(exchange.held).toBe(true);
    expect(exchange.world.nowMs()).toBe(atMs);
  });
});
