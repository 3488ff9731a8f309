// What only real connections have: an address to be counted by, a Host header, a socket that outlives its key or not.

import { once } from "node:events";
import { request } from "node:http";
import { afterEach, beforeEach, expect, test } from "vitest";
import { WebSocket } from "ws";
import { createLocalExchange, type LocalExchange } from "../../../src/exchange/exchange.ts";
import type { Listener } from "../../../src/exchange/server/listen.ts";
import { TinyWorld } from "../../support/tiny-world.ts";
import { type Signing, signedHeaders, WS_PATH } from "../../unit/exchange/server/client.ts";

let exchange: LocalExchange;
let listener: Listener;

beforeEach(async () => {
  exchange = createLocalExchange({ world: new TinyWorld() });
  listener = await exchange.listen();
});

afterEach(async () => {
  await listener.close();
});

function signed(key: Signing, path: string, method = "GET"): Record<string, string> {
  return signedHeaders(key, { method, path, atMs: exchange.world.nowMs() });
}

async function open(key: Signing): Promise<WebSocket> {
  const socket = new WebSocket(listener.wsUrl, { headers: signed(key, WS_PATH) });
  await once(socket, "open");
  return socket;
}

test("callers without a key share the budget of their address; a key has its own", async () => {
  const url = `${listener.restUrl}/exchange/status`;
  const statuses: number[] = [];
  for (let count = 0; count < 11; count++) statuses.push((await fetch(url)).status);
  expect(statuses).toEqual([...Array.from({ length: 10 }, () => 200), 429]);
  const headers = signed(exchange, "/trade-api/v2/exchange/status");
  expect((await fetch(url, { headers })).status).toBe(200);
});

test("a 429 over the wire has neither Retry-After nor rate-limit headers", async () => {
  const url = `${listener.restUrl}/exchange/status`;
  let answer = await fetch(url);
  while (answer.status === 200) answer = await fetch(url);
  expect(await answer.text()).toBe('{"error":"too many requests"}');
  const names = [...answer.headers.keys()].filter((name) => /retry|limit/i.test(name));
  expect(names).toEqual([]);
});

test("a request for another host is answered, and noted", async () => {
  const { hostname, port } = new URL(listener.restUrl);
  const path = "/trade-api/v2/exchange/status";
  const ask = async (host: string): Promise<number | undefined> => {
    const call = request({ hostname, port, path, headers: { host } });
    call.end();
    const [answer] = await once(call, "response");
    answer.resume();
    return answer.statusCode;
  };
  expect(await ask(`${hostname}:${port}`)).toBe(200);
  expect(exchange.ledger.violations()).toEqual([]);
  expect(await ask("elsewhere.example")).toBe(200);
  expect(exchange.ledger.violations()).toMatchObject([{ rule: "wrong_host" }]);
});

test("a revoked key loses its sockets only when that is asked for", async () => {
  const [stays, goes] = [exchange.keys.add(), exchange.keys.add()];
  const [kept, closed] = await Promise.all([open(stays), open(goes)]);
  const closing = once(closed, "close");
  exchange.keys.revoke(stays.keyId);
  exchange.keys.revoke(goes.keyId, { closeSockets: true });
  const [code] = await closing;
  expect(code).toBe(1008);
  expect(kept.readyState).toBe(WebSocket.OPEN);
  kept.terminate();
});

test("an upgrade with a key that may not read is refused with 403", async () => {
  const trader = exchange.keys.add({ scopes: ["write::trade"] });
  const socket = new WebSocket(listener.wsUrl, { headers: signed(trader, WS_PATH) });
  const [, answer] = await once(socket, "unexpected-response");
  expect(answer.statusCode).toBe(403);
});
