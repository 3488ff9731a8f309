import { once } from "node:events";
import { connect, Socket } from "node:net";
import { request as undici } from "undici";
import { afterEach, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { createLocalExchange, type LocalExchange } from "../../../src/exchange/exchange.ts";
import { createControl } from "../../../src/exchange/faults/control.ts";
import type { FaultRule } from "../../../src/exchange/faults/fault-rule.ts";
import type { Listener } from "../../../src/exchange/server/listen.ts";
import { deltaAt, START_MS, TICKER, TinyWorld } from "../../support/tiny-world.ts";
import { signedHeaders, WS_PATH } from "../../unit/exchange/server/client.ts";

// What only a network can do: resets, silence, refused connections, broken bodies. Everything here is asked of real
// sockets, and nothing waits for a clock: exchange time moves when the test says so.

const cleanups: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

async function open(...rules: readonly FaultRule[]) {
  const steps = [1000, 2000, 3000].map((ms) => deltaAt(ms));
  const exchange = createLocalExchange({
    world: new TinyWorld({ steps }),
    faults: { rules },
    hasWeeklyPause: false,
  });
  const listener = await exchange.listen({ control: createControl(exchange) });
  cleanups.push(() => listener.close());
  exchange.runUntil(START_MS);
  return { exchange, listener };
}

function get(listener: Listener, path = `/markets/${TICKER}`) {
  return undici(`${listener.restUrl}${path}`);
}

function codeOf(error: unknown): string {
  if (typeof error !== "object" || error === null) return "";
  if ("code" in error && typeof error.code === "string") return error.code;
  return "cause" in error ? codeOf(error.cause) : "";
}

async function failure(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    return codeOf(error);
  }
  return "no failure";
}

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

function dial(exchange: LocalExchange, listener: Listener): WebSocket {
  const headers = signedHeaders(exchange, {
    method: "GET",
    path: WS_PATH,
    atMs: exchange.world.nowMs(),
  });
  const socket = new WebSocket(listener.wsUrl, { headers, maxPayload: 64 * 1024 * 1024 });
  // A socket that fails says so by closing too.
  socket.on("error", () => undefined);
  cleanups.push(() => socket.terminate());
  return socket;
}

interface Client {
  readonly socket: WebSocket;
  readonly heard: { readonly bytes: number; readonly isBinary: boolean }[];
}

/** A client with the book, after its acknowledgement and snapshot. */
async function bookClient(exchange: LocalExchange, listener: Listener): Promise<Client> {
  const socket = dial(exchange, listener);
  const heard: Client["heard"] = [];
  socket.on("message", (data: Buffer, isBinary: boolean) => {
    heard.push({ bytes: data.length, isBinary });
  });
  await once(socket, "open");
  const params = { channels: ["orderbook_delta"], market_tickers: [TICKER] };
  socket.send(JSON.stringify({ id: 1, cmd: "subscribe", params }));
  while (heard.length < 2) await turn();
  heard.splice(0);
  return { socket, heard };
}

describe("HTTP", () => {
  test.each(["before", "after"] as const)(
    "a reset %s the request is carried out",
    async (stage) => {
      const { listener } = await open({ fault: "http_lost", params: { stage } });
      expect(await failure(get(listener))).toBe("ECONNRESET");
    },
  );

  test("a reset in the middle of the body, after its head", async () => {
    const { listener } = await open({ fault: "http_lost", params: { how: "mid_body" } });
    const { statusCode, headers, body } = await get(listener);
    expect(statusCode).toBe(200);
    expect(Number(headers["content-length"])).toBeGreaterThan(100);
    expect(await failure(body.text())).toMatch(/ECONNRESET|UND_ERR_SOCKET/);
  });

  test("no answer at all, while other requests are answered", async () => {
    const { exchange, listener } = await open({ fault: "http_lost", params: { how: "never" } });
    const hanging = new AbortController();
    const asked = undici(`${listener.restUrl}/markets/${TICKER}`, { signal: hanging.signal });
    while (exchange.faults.list()[0]?.struck === 0) await turn();
    exchange.faults.remove(null);
    expect((await get(listener)).statusCode).toBe(200);
    hanging.abort(new Error("waited long enough"));
    await expect(asked).rejects.toThrow("waited long enough");
  });

  test("an answer that is late by exchange time", async () => {
    const { exchange, listener } = await open({ fault: "http_delayed", params: { ms: 60_000 } });
    const answer = get(listener);
    while (exchange.faults.list()[0]?.struck === 0) await turn();
    exchange.runUntil(START_MS + 60_000);
    expect((await answer).statusCode).toBe(200);
  });

  test("a body that drips in as time passes, whole in the end", async () => {
    const { exchange, listener } = await open();
    const whole = await (await get(listener)).body.text();
    exchange.faults.add([{ fault: "http_dripped", params: { bytes_per_s: 1000 } }]);
    const { body } = await get(listener);
    exchange.runUntil(START_MS + 60_000);
    expect(await body.text()).toBe(whole);
  });

  test.each<[name: string, rule: FaultRule, expected: object]>([
    ["a redirect", { fault: "http_redirect" }, { statusCode: 307 }],
    ["HTML under a 200", { fault: "http_body", params: { how: "html" } }, { statusCode: 200 }],
    ["a wrong content type", { fault: "http_header" }, { statusCode: 200 }],
    [
      "a cancel-all that is acknowledged and not carried out",
      { fault: "http_status", params: { status: 204 } },
      { statusCode: 204 },
    ],
  ])("%s", async (_name, rule, expected) => {
    const { listener } = await open(rule);
    const answer = await get(listener);
    expect(answer).toMatchObject(expected);
    const text = await answer.body.text();
    if (rule.fault === "http_redirect") {
      expect(answer.headers["location"]).toBe("http://127.0.0.1:9/stolen");
    }
    if (rule.fault === "http_body") expect(text).toMatch(/^<html>/);
    if (rule.fault === "http_header") expect(answer.headers["content-type"]).toBe("text/html");
    if (rule.fault === "http_status") expect(text).toBe("");
  });
});

describe("connections", () => {
  test("refused: nobody listens, those that are there go on, and later new ones are taken", async () => {
    const { exchange, listener } = await open();
    const { socket } = await bookClient(exchange, listener);
    exchange.faults.add([{ fault: "listener_down", params: { for_ms: 2500 } }]);
    exchange.runUntil(START_MS + 10);
    const port = Number(new URL(listener.restUrl).port);
    const fresh = connect({ port, host: "127.0.0.1" });
    const [error] = await once(fresh, "error");
    expect(codeOf(error)).toBe("ECONNREFUSED");
    const heard = once(socket, "message");
    exchange.runUntil(START_MS + 1000);
    await heard;
    exchange.runUntil(START_MS + 3000);
    const again = connect({ port, host: "127.0.0.1" });
    cleanups.push(() => {
      again.destroy();
    });
    await once(again, "connect");
    expect((await get(listener)).statusCode).toBe(200);
  });

  test("garbage: what answers speaks no HTTP", async () => {
    const { listener } = await open({
      fault: "listener_down",
      params: { how: "garbage", for_ms: 0 },
    });
    await expect(get(listener)).rejects.toThrow(/does not match the HTTP|Parse Error/);
  });

  test.each([
    ["connection_reset", 1006],
    ["connection_closed", 1011],
  ] as const)("%s ends a WebSocket", async (fault, expected) => {
    const { exchange, listener } = await open();
    const { socket } = await bookClient(exchange, listener);
    const errors: string[] = [];
    const tcp: unknown = Reflect.get(socket, "_socket");
    if (tcp instanceof Socket) tcp.on("error", (error) => errors.push(codeOf(error)));
    const closed = once(socket, "close");
    exchange.faults.add([
      fault === "connection_reset" ? { fault } : { fault, params: { code: 1011, reason: "x" } },
    ]);
    exchange.runUntil(START_MS + 500);
    const [code] = await closed;
    expect(code).toBe(expected);
    expect(errors).toEqual(fault === "connection_reset" ? ["ECONNRESET"] : []);
  });

  test("half open: TCP is up, pings and frames are swallowed, and its end is noticed", async () => {
    const { exchange, listener } = await open();
    const { socket } = await bookClient(exchange, listener);
    exchange.faults.add([{ fault: "half_open" }]);
    exchange.runUntil(START_MS + 500);
    const heard: string[] = [];
    for (const event of ["message", "ping", "pong", "close"]) {
      socket.on(event, () => heard.push(event));
    }
    socket.ping();
    exchange.runUntil(START_MS + 30_000);
    // Another connection has been served to its pong meanwhile, so this one's would have come too.
    exchange.faults.remove(null);
    const other = dial(exchange, listener);
    await once(other, "open");
    const pong = once(other, "pong");
    other.ping();
    await pong;
    expect(heard).toEqual([]);
    expect(socket.readyState).toBe(WebSocket.OPEN);
    socket.terminate();
    while (exchange.faults.statistics().connections[0]?.endedBy !== "client") {
      await turn();
    }
  });

  test.each([401, 503, 307])("an upgrade answered with %i", async (status) => {
    const { exchange, listener } = await open({
      fault: "upgrade_refused",
      params: { status, location: status === 307 ? "http://elsewhere/" : "" },
    });
    const socket = dial(exchange, listener);
    const [, response] = await once(socket, "unexpected-response");
    expect(response.statusCode).toBe(status);
    expect(response.headers.location).toBe(status === 307 ? "http://elsewhere/" : undefined);
  });

  test("a frame of bytes, and one of eight megabytes", async () => {
    const { exchange, listener } = await open(
      {
        fault: "frame_corrupted",
        match: { type: "orderbook_delta" },
        when: { nth: 1 },
        params: { how: "binary" },
      },
      {
        fault: "frame_corrupted",
        match: { type: "orderbook_delta" },
        when: { nth: 2 },
        params: { how: "oversize" },
      },
    );
    const { heard } = await bookClient(exchange, listener);
    exchange.runUntil(START_MS + 3000);
    while (heard.length < 3) await turn();
    expect(heard.map(({ isBinary }) => isBinary)).toEqual([true, false, false]);
    expect(heard[1]?.bytes).toBeGreaterThan(8 * 1024 * 1024);
  });
});

describe("control", () => {
  test("over the same port: faults can be set and what they did be read", async () => {
    const { exchange, listener } = await open();
    const post = await undici(`${listener.controlUrl}/faults`, {
      method: "POST",
      body: '{"fault":"http_status","params":{"status":418}}',
    });
    expect(await post.body.json()).toEqual({ ids: [1] });
    expect((await get(listener)).statusCode).toBe(418);
    const state = await undici(`${listener.controlUrl}/faults`);
    expect(await state.body.json()).toMatchObject({ rules: [{ id: 1, struck: 1 }] });
    expect(exchange.faults.list()).toHaveLength(1);
  });

  test("a page that got this machine's address under another name is turned away", async () => {
    const { exchange, listener } = await open();
    const { statusCode } = await undici(`${listener.controlUrl}/faults`, {
      method: "POST",
      headers: { host: "evil.example" },
      body: '{"fault":"half_open"}',
    });
    expect(statusCode).toBe(403);
    expect(exchange.faults.list()).toEqual([]);
  });

  test("without the option there is no control endpoint", async () => {
    const exchange = createLocalExchange({ world: new TinyWorld() });
    const listener = await exchange.listen();
    cleanups.push(() => listener.close());
    expect((await undici(`${listener.controlUrl}/state`)).statusCode).toBe(404);
  });
});
