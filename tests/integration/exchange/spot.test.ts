import { once } from "node:events";
import { afterEach, expect, test } from "vitest";
import { WebSocket } from "ws";
import { createLocalExchange } from "../../../src/exchange/exchange.ts";
import { createScenarioWorld } from "../../../src/exchange/scenario/scenario-world.ts";

const cleanups: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

async function open() {
  const exchange = createLocalExchange({
    world: createScenarioWorld({ scenario: "quiet", seed: 2 }),
  });
  const listener = await exchange.listen();
  cleanups.push(() => listener.close());
  return { exchange, urls: listener.spotUrls, startMs: exchange.world.nowMs() };
}

/** A client whose frames can be waited for in order, those of the handshake included. */
async function dial(url: string) {
  const socket = new WebSocket(url);
  cleanups.push(() => socket.terminate());
  const frames: string[] = [];
  const waiting: (() => void)[] = [];
  socket.on("message", (data: Buffer) => {
    frames.push(data.toString());
    waiting.shift()?.();
  });
  await once(socket, "open");
  const next = async () => {
    if (frames.length === 0) await new Promise<void>((resolve) => waiting.push(resolve));
    return JSON.parse(frames.shift() ?? "");
  };
  return { socket, next, say: (message: unknown) => socket.send(JSON.stringify(message)) };
}

test("Kraken and Binance beside each other: greeting, subscriptions, one price", async () => {
  const { exchange, urls, startMs } = await open();
  const kraken = await dial(`${urls.kraken.ws}/v2`);
  const binance = await dial(`${urls.binance.ws}/stream?streams=btcusdt@bookTicker`);
  expect(await kraken.next()).toMatchObject({ channel: "status", data: [{ system: "online" }] });
  kraken.say({
    method: "subscribe",
    params: { channel: "ticker", symbol: ["BTC/USD"] },
    req_id: 3,
  });
  expect(await kraken.next()).toMatchObject({ success: true, req_id: 3 });
  const ticker = await kraken.next();
  exchange.runUntil(startMs + 2000);
  const quote = await binance.next();
  expect(quote.stream).toBe("btcusdt@bookTicker");
  expect(Number(quote.data.b) / ticker.data[0].bid).toBeCloseTo(1, 2);
  const answer = await fetch(`${urls.kraken.rest}/0/public/Ticker?pair=XBTUSD`);
  expect(answer.status).toBe(200);
  expect(await answer.json()).toMatchObject({ error: [], result: { XXBTZUSD: {} } });
});

test("a ping with payload is answered by the library, and messages in pieces arrive whole", async () => {
  const { exchange, urls, startMs } = await open();
  const client = await dial(`${urls.binance.ws}/ws/btcusdt@trade`);
  const pinged = once(client.socket, "ping");
  exchange.spot.faults("binance", { splitFrames: true });
  exchange.runUntil(startMs + 20_000);
  expect(String((await pinged)[0])).toBe(`${startMs + 20_000}`);
  for (let each = 0; each < 5; each++) expect(await client.next()).toMatchObject({ e: "trade" });
});

test("whoever answers pings stays connected", async () => {
  const { exchange, urls, startMs } = await open();
  const client = await dial(`${urls.binance.ws}/ws`);
  for (let second = 20; second <= 200; second += 20) {
    exchange.runUntil(startMs + second * 1000);
    // The pong is on its way before this command, so it has arrived when the answer comes.
    client.say({ method: "LIST_SUBSCRIPTIONS", id: second });
    expect(await client.next()).toEqual({ result: [], id: second });
  }
  expect(client.socket.readyState).toBe(WebSocket.OPEN);
});

test("restricted places are refused with 451 at the upgrade and over REST", async () => {
  const { exchange, urls } = await open();
  exchange.spot.faults("binance", { geoBlocked: true });
  const socket = new WebSocket(`${urls.binance.ws}/ws`);
  const [, response] = await once(socket, "unexpected-response");
  expect(response.statusCode).toBe(451);
  const rest = await fetch(`${urls.binance.rest}/api/v3/ping`);
  expect(rest.status).toBe(451);
  expect(await rest.json()).toMatchObject({ code: 0 });
  response.destroy();
});

test("the full depth of Coinbase level2 comes through in one frame of megabytes", async () => {
  const { urls } = await open();
  const client = await dial(urls.coinbase.ws);
  client.say({ type: "subscribe", channel: "level2", product_ids: ["BTC-USD"] });
  const snapshot = await client.next();
  expect(snapshot).toMatchObject({ channel: "l2_data", sequence_num: 0 });
  expect(snapshot.events[0].updates).toHaveLength(40_000);
});
