import { once } from "node:events";
import { setImmediate } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { WebSocket } from "ws";
import { createLocalExchange, type LocalExchange } from "../../../src/exchange/exchange.ts";
import type { Listener } from "../../../src/exchange/server/listen.ts";
import { deltaAt, START_MS, TICKER, TinyWorld } from "../../support/tiny-world.ts";
import {
  type Frame,
  REST_PATH,
  signedHeaders,
  WS_PATH,
} from "../../unit/exchange/server/client.ts";

const cleanups: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  await Promise.all(
    cleanups
      .splice(0)
      .toReversed()
      .map(async (cleanup) => {
        await cleanup();
      }),
  );
});

async function open(
  keyType: "ed25519" | "rsa" = "ed25519",
): Promise<{ exchange: LocalExchange; listener: Listener }> {
  const world = new TinyWorld({ steps: [deltaAt(1000), deltaAt(2000)] });
  const exchange = createLocalExchange({ world, keyType });
  const listener = await exchange.listen();
  cleanups.push(() => listener.close());
  return { exchange, listener };
}

function headersFor(exchange: LocalExchange, path: string): Record<string, string> {
  return signedHeaders(exchange, { method: "GET", path, atMs: exchange.world.nowMs() });
}

/** A client whose frames can be waited for in order. */
async function dial(url: string, headers: Record<string, string>) {
  const socket = new WebSocket(url, { headers, perMessageDeflate: false });
  cleanups.push(() => socket.terminate());
  const frames: string[] = [];
  const waiting: (() => void)[] = [];
  socket.on("message", (data: Buffer) => {
    frames.push(data.toString());
    waiting.shift()?.();
  });
  await once(socket, "open");
  const next = async (): Promise<{ text: string; frame: Frame }> => {
    if (frames.length === 0) await new Promise<void>((resolve) => waiting.push(resolve));
    const text = frames.shift() ?? "";
    return { text, frame: JSON.parse(text) };
  };
  return { socket, next, say: (message: unknown) => socket.send(JSON.stringify(message)) };
}

test.each(["ed25519", "rsa"] as const)(
  "signed REST over a real socket with %s",
  async (keyType) => {
    const { exchange, listener } = await open(keyType);
    const url = `${listener.restUrl}/portfolio/balance?subaccount=0`;
    const denied = await fetch(url);
    expect(denied.status).toBe(401);
    const answer = await fetch(url, {
      headers: headersFor(exchange, `${REST_PATH}/portfolio/balance`),
    });
    expect(answer.status).toBe(200);
    expect(answer.headers.get("date")).toBe("Mon, 17 Aug 2026 04:50:00 GMT");
    expect(answer.headers.get("content-type")).toBe("application/json");
    expect(await answer.json()).toMatchObject({ balance_dollars: "1000.0000" });
  },
);

test("a body is read and a public page is served", async () => {
  const { listener } = await open();
  const post = await fetch(`${listener.restUrl}/portfolio/events/orders`, {
    method: "POST",
    body: "{}",
  });
  expect(post.status).toBe(401);
  const time = await fetch(`${listener.coinbaseRestUrl}/api/v3/brokerage/time`);
  expect(await time.json()).toMatchObject({ epochMillis: `${START_MS}` });
});

test("book over a real WebSocket: ack, snapshot, deltas, ping", async () => {
  const { exchange, listener } = await open();
  const client = await dial(listener.wsUrl, headersFor(exchange, WS_PATH));
  client.say({
    id: 1,
    cmd: "subscribe",
    params: { channels: ["orderbook_delta"], market_tickers: [TICKER] },
  });
  expect((await client.next()).frame).toMatchObject({ type: "subscribed", id: 1 });
  const snapshot = await client.next();
  expect(snapshot.frame).toMatchObject({ type: "orderbook_snapshot", seq: 1 });
  expect(snapshot.text.endsWith("}\n")).toBe(true);
  const pinged = once(client.socket, "ping");
  exchange.runUntil(START_MS + 10_000);
  expect((await client.next()).frame.seq).toBe(2);
  expect((await client.next()).frame.seq).toBe(3);
  const [payload] = await pinged;
  expect(String(payload)).toBe("heartbeat");
});

test("an unsigned upgrade is refused with the 401 body", async () => {
  const { listener } = await open();
  const socket = new WebSocket(listener.wsUrl);
  const [, response] = await once(socket, "unexpected-response");
  expect(response.statusCode).toBe(401);
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  expect(Buffer.concat(chunks).toString()).toContain("signature_is_missing_from_headers");
});

test("an upgrade on another path is refused", async () => {
  const { listener } = await open();
  const socket = new WebSocket(listener.wsUrl.replace("/trade-api/ws/v2", "/nowhere"));
  const [, response] = await once(socket, "unexpected-response");
  expect(response.statusCode).toBe(404);
});

test("Coinbase over a real WebSocket, without a key", async () => {
  const { exchange, listener } = await open();
  const client = await dial(listener.coinbaseWsUrl, {});
  client.say({ type: "subscribe", channel: "ticker", product_ids: ["BTC-USD"] });
  expect((await client.next()).frame).toMatchObject({ channel: "ticker", sequence_num: 0 });
  expect((await client.next()).frame).toMatchObject({ channel: "subscriptions", sequence_num: 1 });
  client.say({ type: "subscribe", channel: "heartbeats" });
  await client.next();
  exchange.runUntil(START_MS + 1000);
  expect((await client.next()).frame).toMatchObject({ channel: "heartbeats", sequence_num: 3 });
});

test("a client that goes away is forgotten", async () => {
  const { exchange, listener } = await open();
  const client = await dial(listener.wsUrl, headersFor(exchange, WS_PATH));
  client.socket.close();
  await once(client.socket, "close");
  exchange.runUntil(START_MS + 5000);
  // The server's end of the socket closes some turns of the event loop after the client's.
  const isOpen = () => exchange.statistics().connections.some(({ closedMs }) => closedMs === null);
  // oxlint-disable-next-line no-await-in-loop -- it waits for the event loop itself
  while (isOpen()) await setImmediate();
  // No ping is due any more.
  expect(exchange.nextMs() ?? Number.POSITIVE_INFINITY).toBeGreaterThan(START_MS + 10_000);
});

test("close ends every connection and frees the port", async () => {
  const { exchange, listener } = await open();
  const client = await dial(listener.wsUrl, headersFor(exchange, WS_PATH));
  const closed = once(client.socket, "close");
  await listener.close();
  cleanups.shift();
  await closed;
  await expect(fetch(`${listener.restUrl}/exchange/status`)).rejects.toThrow();
});
