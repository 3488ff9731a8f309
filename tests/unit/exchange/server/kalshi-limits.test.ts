import { describe, expect, test } from "vitest";
import { deltaAt, OTHER_TICKER, START_MS, TICKER } from "../../../support/tiny-world.ts";
import { codes, HubRig, seqs } from "./hub-rig.ts";

const BOOK = { market_tickers: [TICKER] };
const BOTH = { market_tickers: [TICKER, OTHER_TICKER] };
const FULL = 1001;

describe("slow consumer", () => {
  const limits = { bufferBytes: 1000 };
  const steps = [deltaAt(1000), deltaAt(2000), deltaAt(3000)];

  test("loses its subscription with error 25, and nothing comes after it", () => {
    const rig = new HubRig({ steps, limits });
    const socket = rig.socket();
    socket.subscribe(1, ["orderbook_delta"], BOOK);
    socket.take();
    socket.bufferedBytes = FULL;
    rig.runUntil(START_MS + 1000);
    expect(socket.take()).toEqual([
      { type: "error", sid: 1, msg: { code: 25, msg: "Subscription buffer overflow" } },
    ]);
    socket.bufferedBytes = 0;
    rig.runUntil(START_MS + 2000);
    expect(socket.take()).toEqual([]);
    socket.say({ id: 2, cmd: "list_subscriptions" });
    expect(socket.take()).toEqual([{ type: "ok", id: 2, msg: [] }]);
    expect(rig.ledger.violationCounts().get("slow_consumer")).toBe(1);
  });

  test("may subscribe again: a new sid, counted from 1", () => {
    const rig = new HubRig({ steps, limits });
    const socket = rig.socket();
    socket.subscribe(1, ["orderbook_delta"], BOOK);
    socket.bufferedBytes = FULL;
    rig.runUntil(START_MS + 1000);
    socket.bufferedBytes = 0;
    socket.take();
    socket.subscribe(2, ["orderbook_delta"], BOOK);
    rig.runUntil(START_MS + 2000);
    expect(socket.take()).toMatchObject([
      { type: "subscribed", msg: { sid: 2 } },
      { type: "orderbook_snapshot", sid: 2, seq: 1 },
      { type: "orderbook_delta", sid: 2, seq: 2 },
    ]);
  });

  test("loses only the subscription whose frame did not fit", () => {
    const rig = new HubRig({ steps, limits });
    const socket = rig.socket();
    socket.subscribe(1, ["orderbook_delta", "trade"], BOOK);
    socket.bufferedBytes = FULL;
    rig.runUntil(START_MS + 1000);
    socket.take();
    socket.say({ id: 2, cmd: "list_subscriptions" });
    expect(socket.take()).toEqual([{ type: "ok", id: 2, msg: [{ channel: "trade", sid: 2 }] }]);
  });

  test("does not cost anybody else a frame", () => {
    const rig = new HubRig({ steps, limits });
    const [slow, quick] = [rig.socket(), rig.socket()];
    for (const socket of [slow, quick]) socket.subscribe(1, ["orderbook_delta"], BOOK);
    slow.bufferedBytes = FULL;
    rig.runUntil(START_MS + 3000);
    expect(seqs(quick.take())).toEqual([undefined, 1, 2, 3, 4]);
  });

  test("that asks without reading is cut off, and gets no more answers", () => {
    const rig = new HubRig({ limits });
    const socket = rig.socket();
    socket.bufferedBytes = 2 * limits.bufferBytes + 1;
    for (let id = 1; id < 5; id++) socket.say({ id, cmd: "list_subscriptions" });
    expect(socket.texts).toEqual([]);
    expect(socket.closeCode).toBe(1008);
  });

  test("gets no pings either", () => {
    const rig = new HubRig({ limits });
    const socket = rig.socket();
    socket.bufferedBytes = FULL;
    rig.runUntil(START_MS + 10_000);
    socket.bufferedBytes = 0;
    rig.runUntil(START_MS + 20_000);
    expect(socket.pings).toEqual(["heartbeat"]);
  });

  test("a snapshot of many markets stops at the market that did not fit", () => {
    const rig = new HubRig({ limits });
    const texts: string[] = [];
    const socket = rig.socket({
      peer: { send: (text) => texts.push(text), buffered: () => texts.join("").length * 4 },
    });
    socket.subscribe(1, ["orderbook_delta"], BOTH);
    expect(texts.map((text) => JSON.parse(text).type)).toEqual([
      "subscribed",
      "orderbook_snapshot",
      "error",
    ]);
  });
});

describe("limits", () => {
  test("error 26 for more markets than a subscription may hold; nothing of it is taken", () => {
    const rig = new HubRig({ limits: { marketsPerSubscription: 1 } });
    const socket = rig.socket();
    socket.subscribe(1, ["orderbook_delta"], BOTH);
    socket.subscribe(2, ["orderbook_delta"], BOOK);
    socket.take();
    socket.update(3, { sid: 1, action: "add_markets", market_tickers: [OTHER_TICKER] });
    socket.subscribe(4, ["orderbook_delta"], { market_tickers: [OTHER_TICKER] });
    socket.update(5, { sid: 1, action: "add_markets", market_tickers: [TICKER] });
    expect(socket.take()).toMatchObject([
      { type: "error", id: 3, sid: 1, msg: { code: 26 } },
      { type: "error", id: 4, sid: 1, msg: { code: 26 } },
      { type: "ok", id: 5, seq: 2, msg: { market_tickers: [TICKER] } },
    ]);
  });

  test("error 27 for too many commands on one subscription within a second", () => {
    const rig = new HubRig({ limits: { updatesPerSecond: 2 } });
    const socket = rig.socket();
    socket.subscribe(1, ["orderbook_delta", "ticker"], BOOK);
    socket.take();
    const ask = (id: number, sid: number) =>
      socket.update(id, { sid, action: "add_markets", market_tickers: [OTHER_TICKER] });
    for (const id of [2, 3, 4]) ask(id, 1);
    ask(5, 2);
    rig.runUntil(START_MS + 1000);
    ask(6, 1);
    const answers = socket.take().filter(({ id }) => id !== undefined);
    expect(answers.map(({ type, id }) => [type, id])).toEqual([
      ["ok", 2],
      ["ok", 3],
      ["error", 4],
      ["ok", 5],
      ["ok", 6],
    ]);
    expect(codes(answers)).toEqual([27]);
  });

  test("error 27 for too many commands on one connection within a second", () => {
    const rig = new HubRig({ limits: { commandsPerSecond: 2 } });
    const socket = rig.socket();
    for (const id of [1, 2, 3]) socket.say({ id, cmd: "list_subscriptions" });
    expect(socket.take().map(({ type }) => type)).toEqual(["ok", "ok", "error"]);
  });

  test("200 connections per user; one that leaves makes room", () => {
    const rig = new HubRig();
    const sockets = Array.from({ length: 200 }, () => rig.socket());
    expect(() => rig.socket()).toThrow("refused with 429");
    sockets[7]?.hangUp();
    expect(() => rig.socket()).not.toThrow();
    expect(rig.hub.statistics().totals).toMatchObject({ connections: 201, refused: 1 });
  });
});

describe("sending_ts_ms", () => {
  test("ends every frame, answers included", () => {
    const rig = new HubRig({ steps: [deltaAt(1000)], hasSendingTime: true });
    const socket = rig.socket();
    socket.subscribe(1, ["orderbook_delta", "nonsense"], BOOK);
    rig.runUntil(START_MS + 1000);
    expect(socket.frames.map((frame) => frame.sending_ts_ms)).toEqual([
      START_MS,
      START_MS,
      START_MS,
      START_MS + 1000,
    ]);
    expect(
      socket.texts[3]?.endsWith(
        `"ts_ms":${START_MS + 1000}},"sending_ts_ms":${START_MS + 1000}}\n`,
      ),
    ).toBe(true);
  });
});
