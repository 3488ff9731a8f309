import { once } from "node:events";
import { setImmediate } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { WebSocket } from "ws";
import { createLocalExchange } from "../../../src/exchange/exchange.ts";
import { createScenarioWorld } from "../../../src/exchange/scenario/scenario-world.ts";
import { type Listener, listenOn } from "../../../src/exchange/server/listen.ts";
import type { Peer } from "../../../src/exchange/server/types.ts";
import { START_MS, TICKER } from "../../support/tiny-world.ts";
import { REST_PATH, signedHeaders, WS_PATH } from "../../unit/exchange/server/client.ts";
import { type HubFrame, HubRig } from "../../unit/exchange/server/hub-rig.ts";

const cleanups: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) {
    // oxlint-disable-next-line no-await-in-loop -- in reverse order of opening
    await cleanup();
  }
});

/** A hub on a real socket, and the most its connections ever had waiting. */
async function openHub(bufferBytes: number) {
  const rig = new HubRig({ limits: { bufferBytes } });
  const most = { bytes: 0 };
  const watched = (peer: Peer): Peer => ({
    send: (text) => peer.send(text),
    close: (code, reason) => peer.close(code, reason),
    buffered: () => {
      const bytes = peer.buffered();
      most.bytes = Math.max(most.bytes, bytes);
      return bytes;
    },
  });
  const listener = await listenOn(
    {
      serveHttp: (_request, wire) => wire.reset(),
      connect: (_kind, _request, peer) => rig.hub.connect(watched(peer)),
      onListener: () => {},
    },
    {},
  );
  cleanups.push(() => listener.close());
  return { rig, most, listener };
}

async function dial(listener: Listener, headers: Record<string, string> = {}) {
  const socket = new WebSocket(listener.wsUrl, { headers, perMessageDeflate: false });
  cleanups.push(() => socket.terminate());
  const frames: HubFrame[] = [];
  socket.on("message", (data: Buffer) => frames.push(JSON.parse(data.toString())));
  await once(socket, "open");
  return { socket, frames, say: (message: unknown) => socket.send(JSON.stringify(message)) };
}

/** Lets the event loop turn until something is so. */
async function until(isSo: () => boolean): Promise<void> {
  // oxlint-disable-next-line no-await-in-loop -- it waits for the event loop itself
  while (!isSo()) await setImmediate();
}

function subscribe(): unknown {
  const params = { channels: ["orderbook_delta"], market_tickers: [TICKER] };
  return { id: 1, cmd: "subscribe", params };
}

function publishDelta(rig: HubRig, at: number): void {
  const deltaCq = at % 2 === 0 ? 100 : -100;
  const change = { ticker: TICKER, side: "yes", priceCc: 5200, deltaCq } as const;
  rig.hub.publish({ type: "delta", ...change, atMs: START_MS + at });
}

test("a client that does not read costs a bounded buffer, and loses its subscription with error 25", async () => {
  const bufferBytes = 256 * 1024;
  const { rig, most, listener } = await openHub(bufferBytes);
  const client = await dial(listener);
  client.say(subscribe());
  await until(() => client.frames.length === 2);
  client.socket.pause();
  const channel = () => rig.hub.statistics().totals.channels["orderbook_delta"];
  let sent = 0;
  while (channel()?.dropped === 0) {
    for (let burst = 0; burst < 500; burst++) publishDelta(rig, sent++);
    // oxlint-disable-next-line no-await-in-loop -- the sockets take what they can
    await setImmediate();
  }
  // Long after the end, and nothing has grown.
  for (let late = 0; late < 100_000; late++) publishDelta(rig, sent++);
  expect(most.bytes).toBeGreaterThan(bufferBytes);
  expect(most.bytes).toBeLessThan(bufferBytes + 1024);
  client.socket.resume();
  await until(() => client.frames.at(-1)?.type === "error");
  const last = client.frames.at(-1);
  expect(last).toEqual({
    type: "error",
    sid: 1,
    msg: { code: 25, msg: "Subscription buffer overflow" },
  });
  const data = client.frames.filter(({ type }) => type.startsWith("orderbook_"));
  expect(data.map(({ seq }) => seq)).toEqual(data.map((_, at) => at + 1));
  const counts = channel()?.frames ?? {};
  expect(counts["orderbook_delta"]).toBe(data.length - 1);
  expect(rig.ledger.violationCounts().get("slow_consumer")).toBe(1);
}, 60_000);

test("frames sent are frames received, by channel and type", async () => {
  const { rig, listener } = await openHub(8 * 1024 * 1024);
  const client = await dial(listener);
  client.say(subscribe());
  await until(() => client.frames.length === 2);
  for (let at = 0; at < 5000; at++) publishDelta(rig, at);
  client.say({ id: 2, cmd: "list_subscriptions" });
  await until(() => client.frames.at(-1)?.id === 2);
  const { channels, replies } = rig.hub.statistics().totals;
  const received = (type: string) => client.frames.filter((frame) => frame.type === type).length;
  expect(channels["orderbook_delta"]?.frames).toEqual({
    orderbook_snapshot: received("orderbook_snapshot"),
    orderbook_delta: received("orderbook_delta"),
  });
  expect(replies).toBe(received("subscribed") + received("ok"));
});

test("an order placed over REST is told on the socket without anybody moving the clock", async () => {
  const world = createScenarioWorld({ scenario: "fair", seed: 3 });
  const exchange = createLocalExchange({ world });
  const listener = await exchange.listen();
  cleanups.push(() => listener.close());
  const market = world
    .markets()
    .find(({ seriesTicker, status }) => seriesTicker === "KXBTC15M" && status === "active");
  const atMs = world.nowMs();
  const client = await dial(
    listener,
    signedHeaders(exchange, { method: "GET", path: WS_PATH, atMs }),
  );
  client.say({ id: 1, cmd: "subscribe", params: { channels: ["user_orders"] } });
  await until(() => client.frames.length === 1);
  const path = `${REST_PATH}/portfolio/events/orders`;
  const answer = await fetch(`${listener.restUrl}/portfolio/events/orders`, {
    method: "POST",
    headers: {
      ...signedHeaders(exchange, { method: "POST", path, atMs }),
      "content-type": "application/json",
    },
    body: JSON.stringify({
      ticker: market?.ticker,
      client_order_id: "10000000-0000-4000-8000-000000000001",
      side: "bid",
      count: "5.00",
      price: "0.0100",
      time_in_force: "good_till_canceled",
      self_trade_prevention_type: "taker_at_cross",
      exchange_index: 2,
    }),
  });
  expect(answer.status).toBe(201);
  await until(() => client.frames.length === 2);
  expect(client.frames[1]).toMatchObject({ type: "user_order", msg: { status: "resting" } });
  expect(world.nowMs()).toBe(atMs);
});
