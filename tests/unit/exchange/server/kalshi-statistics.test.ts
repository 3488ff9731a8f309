import { expect, test } from "vitest";
import { deltaAt, OTHER_TICKER, START_MS, TICKER } from "../../../support/tiny-world.ts";
import { HubRig } from "./hub-rig.ts";

const BOTH = { market_tickers: [TICKER, OTHER_TICKER] };

test("frames are counted by connection, channel and type; answers and errors apart", () => {
  const rig = new HubRig({ steps: [deltaAt(1000), deltaAt(2000, OTHER_TICKER)] });
  const [first, second] = [rig.socket(), rig.socket()];
  first.subscribe(1, ["orderbook_delta"], BOTH);
  first.subscribe(2, ["nonsense"]);
  second.subscribe(1, ["orderbook_delta"], { market_ticker: TICKER });
  rig.runUntil(START_MS + 2000);
  second.hangUp();
  const { connections, totals } = rig.hub.statistics();
  expect(connections).toEqual([
    {
      connection: 1,
      openedMs: START_MS,
      closedMs: null,
      replies: 2,
      errors: 1,
      channels: {
        orderbook_delta: { frames: { orderbook_snapshot: 2, orderbook_delta: 2 }, dropped: 0 },
      },
    },
    {
      connection: 2,
      openedMs: START_MS,
      closedMs: START_MS + 2000,
      replies: 1,
      errors: 0,
      channels: {
        orderbook_delta: { frames: { orderbook_snapshot: 1, orderbook_delta: 1 }, dropped: 0 },
      },
    },
  ]);
  expect(totals).toEqual({
    connections: 2,
    refused: 0,
    replies: 3,
    errors: 1,
    channels: {
      orderbook_delta: { frames: { orderbook_snapshot: 3, orderbook_delta: 3 }, dropped: 0 },
    },
  });
});

test("the counts are what the socket was given, frame by frame", () => {
  const rig = new HubRig({ steps: [deltaAt(1000), deltaAt(2000)] });
  const socket = rig.socket();
  socket.subscribe(1, ["orderbook_delta", "ticker"], { ...BOTH, send_initial_snapshot: true });
  socket.update(2, { sid: 1, action: "get_snapshot", market_tickers: [TICKER] });
  socket.update(3, { sid: 1, action: "nonsense" });
  rig.runUntil(START_MS + 2000);
  const { replies, channels } = rig.hub.statistics().totals;
  const data = Object.values(channels).flatMap(({ frames }) => Object.values(frames));
  expect(replies + data.reduce((sum, count) => sum + count, 0)).toBe(socket.texts.length);
});

test("a frame that did not fit is dropped, not sent", () => {
  const rig = new HubRig({ steps: [deltaAt(1000), deltaAt(2000)], limits: { bufferBytes: 10 } });
  const socket = rig.socket();
  socket.subscribe(1, ["orderbook_delta"], { market_ticker: TICKER });
  socket.bufferedBytes = 11;
  rig.runUntil(START_MS + 2000);
  expect(rig.hub.statistics().totals.channels["orderbook_delta"]).toEqual({
    frames: { orderbook_snapshot: 1 },
    dropped: 1,
  });
});

test("the list of closed connections is bounded, the totals are not", () => {
  const rig = new HubRig();
  const keeper = rig.socket();
  for (let at = 0; at < 1200; at++) {
    const socket = rig.socket();
    socket.subscribe(1, ["orderbook_delta"], { market_ticker: TICKER });
    socket.hangUp();
  }
  keeper.subscribe(1, ["trade"]);
  const { connections, totals } = rig.hub.statistics();
  expect(connections).toHaveLength(1000);
  expect(connections[0]).toMatchObject({ connection: 1, closedMs: null });
  expect(connections.at(-1)?.connection).toBe(1201);
  expect(totals).toMatchObject({
    connections: 1201,
    replies: 1201,
    channels: { orderbook_delta: { frames: { orderbook_snapshot: 1200 } } },
  });
});

test("it survives JSON", () => {
  const rig = new HubRig();
  rig.socket().subscribe(1, ["orderbook_delta"], BOTH);
  const statistics = rig.hub.statistics();
  expect(JSON.parse(JSON.stringify(statistics))).toEqual(statistics);
});
