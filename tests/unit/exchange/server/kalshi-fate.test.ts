import { describe, expect, test } from "vitest";
import type { CommandFate, CommandName } from "../../../../src/exchange/server/kalshi-fate.ts";
import { deltaAt, OTHER_TICKER, START_MS, TICKER } from "../../../support/tiny-world.ts";
import { codes, HubRig } from "./hub-rig.ts";

const BOOK = { market_tickers: [TICKER] };

/** A rig whose n-th command meets the n-th fate; the rest run. */
function open(...fates: CommandFate[]) {
  const seen: CommandName[] = [];
  const rig = new HubRig({
    steps: [deltaAt(50), deltaAt(100), deltaAt(150)],
    decideFate: (command) => {
      seen.push(command);
      return fates[seen.length - 1] ?? "run";
    },
  });
  return { rig, socket: rig.socket(), seen };
}

test("the fate of a command is decided by what it is", () => {
  const { seen, socket } = open();
  socket.subscribe(1, ["orderbook_delta", "trade"], BOOK);
  socket.say({ id: 2, cmd: "list_subscriptions" });
  expect(seen).toEqual([
    { connection: 1, cmd: "subscribe", channels: ["orderbook_delta", "trade"], atMs: START_MS },
    { connection: 1, cmd: "list_subscriptions", channels: [], atMs: START_MS },
  ]);
});

test("a late command is acknowledged out of order and behind data, and counts on from there", () => {
  const { rig, socket } = open({ delayMs: 61 });
  socket.subscribe(1, ["orderbook_delta"], { market_tickers: [OTHER_TICKER] });
  socket.subscribe(2, ["orderbook_delta"], BOOK);
  rig.runUntil(START_MS + 100);
  expect(socket.frames.map(({ type, id, seq }) => [type, id, seq])).toEqual([
    ["subscribed", 2, undefined],
    ["orderbook_snapshot", undefined, 1],
    ["orderbook_delta", undefined, 2],
    ["ok", 1, 3],
    ["orderbook_snapshot", undefined, 4],
    ["orderbook_delta", undefined, 5],
  ]);
});

test("a late command of a client that has left does nothing", () => {
  const { rig, socket } = open({ delayMs: 61 });
  socket.subscribe(1, ["orderbook_delta"], BOOK);
  socket.hangUp();
  rig.runUntil(START_MS + 100);
  expect(socket.texts).toEqual([]);
  expect(rig.hub.isHeard("orderbook_delta", TICKER)).toBe(false);
});

test("acknowledgements may be interleaved with the data of the channel before", () => {
  const { socket } = open("interleave");
  socket.subscribe(1, ["orderbook_delta", "nonsense", "trade"], BOOK);
  expect(socket.frames.map(({ type }) => type)).toEqual([
    "subscribed",
    "orderbook_snapshot",
    "error",
    "subscribed",
  ]);
});

describe("a command that fails on the exchange's side", () => {
  test.each([
    ["timeout", [18]],
    ["fail", [10]],
    ["lose", []],
  ] as const)("%s does not run, and is not the client's mistake", (fate, expected) => {
    const { rig, socket } = open(fate);
    socket.subscribe(1, ["orderbook_delta"], BOOK);
    expect(codes(socket.take())).toEqual(expected);
    expect(rig.hub.isHeard("orderbook_delta", TICKER)).toBe(false);
    expect(rig.ledger.violations()).toEqual([]);
  });
});

test("closeAll ends every connection, and what was subscribed on it", () => {
  const { rig, socket } = open();
  socket.subscribe(1, ["orderbook_delta"], BOOK);
  rig.hub.closeAll(1011, "internal error");
  socket.take();
  rig.runUntil(START_MS + 150);
  socket.say({ id: 2, cmd: "list_subscriptions" });
  expect(socket.closeCode).toBe(1011);
  expect(socket.take()).toEqual([]);
});
