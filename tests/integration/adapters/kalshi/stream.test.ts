import { constants, generateKeyPairSync, type KeyObject, verify } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { WebSocket } from "ws";
import { createSigner } from "../../../../src/adapters/kalshi/auth.ts";
import { createKalshiStream, type KalshiStream } from "../../../../src/adapters/kalshi/stream.ts";
import { createSystemClock } from "../../../../src/adapters/platform/system-clock.ts";
import { createOpenSocket } from "../../../../src/adapters/platform/websocket.ts";
import type { MarketEvent } from "../../../../src/core/events.ts";
import { SocketServer, textOf, until } from "../socket-server.ts";

// A server over real sockets that speaks the protocol as recorded on 2026-08-07: one sid per channel, `ok` for a merge.

const keys = generateKeyPairSync("rsa", { modulusLength: 2048 });
const privateKeyPem = keys.privateKey.export({ type: "pkcs1", format: "pem" }).toString();
const clock = createSystemClock();

let server: SocketServer;
let url: string;
let stop: AbortController;
let events: MarketEvent[];
let running: Promise<void>;

beforeEach(async () => {
  server = new SocketServer();
  url = `${await server.listen()}/trade-api/ws/v2`;
  stop = new AbortController();
  events = [];
});
afterEach(async () => {
  stop.abort();
  await running.catch(() => {});
  server.close();
});

function isAuthentic(request: IncomingMessage, publicKey: KeyObject): boolean {
  const header = (name: string): string => String(request.headers[`kalshi-access-${name}`]);
  const message = Buffer.from(`${header("timestamp")}GET/trade-api/ws/v2`);
  const age = Math.abs(Date.now() - Number(header("timestamp")));
  const key = { key: publicKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
  const signature = Buffer.from(header("signature"), "base64");
  return header("key") === "key-1" && age < 10_000 && verify("sha256", message, key, signature);
}

/** Serves books: acknowledges, merges, sends a snapshot per market, and counts seq over all of it. */
class BookServer {
  seq = 0;
  readonly commands: Record<string, unknown>[] = [];
  readonly #socket: WebSocket;
  #isSubscribed = false;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (data) => this.#hear(JSON.parse(textOf(data)) as Record<string, unknown>));
  }

  send(frame: object): void {
    this.#socket.send(`${JSON.stringify(frame)}\n`);
  }

  delta(ticker: string, seq = ++this.seq): void {
    const msg = {
      market_ticker: ticker,
      price_dollars: "0.4000",
      delta_fp: "1.00",
      side: "yes",
      ts_ms: 1,
    };
    this.send({ type: "orderbook_delta", sid: 3, seq, msg });
  }

  #snapshots(tickers: readonly string[], id?: unknown): void {
    for (const ticker of tickers) {
      const msg = { market_ticker: ticker, yes_dollars_fp: [["0.4000", "10.00"]] };
      this.send({ type: "orderbook_snapshot", sid: 3, seq: ++this.seq, id, msg });
    }
  }

  #hear(command: Record<string, unknown>): void {
    this.commands.push(command);
    const { id } = command;
    const params = command["params"] as Record<string, unknown>;
    const tickers = (params["market_tickers"] ?? []) as string[];
    const channel = (params["channels"] as string[] | undefined)?.[0];
    if (channel !== undefined && channel !== "orderbook_delta") {
      this.send({ type: "subscribed", id, msg: { channel, sid: 100 + Number(id) } });
      return;
    }
    if (params["action"] === "get_snapshot") {
      this.#snapshots(tickers, id);
      return;
    }
    if (params["sid"] !== undefined && params["sid"] !== 3) {
      this.send({ type: "ok", id, sid: params["sid"], msg: {} });
      return;
    }
    if (this.#isSubscribed) this.send({ type: "ok", id, sid: 3, seq: ++this.seq, msg: {} });
    else this.send({ type: "subscribed", id, msg: { channel, sid: 3 } });
    this.#isSubscribed = true;
    this.#snapshots(tickers);
  }
}

function start(): { stream: KalshiStream; books: BookServer[] } {
  const books: BookServer[] = [];
  server.onSocket = (socket) => books.push(new BookServer(socket));
  const stream = createKalshiStream({
    url,
    openSocket: createOpenSocket(clock),
    signer: createSigner({ keyId: "key-1", privateKeyPem }),
    clock,
    rng: { next: () => 0 },
  });
  stream.setMarkets(["A"]);
  const handlers = {
    event: (event: MarketEvent) => events.push(event),
    lifecycle: () => {},
    missed: () => {},
    connected: () => {},
  };
  running = stream.run(handlers, stop.signal);
  return { stream, books };
}

const seen = (): string[] =>
  events.map((event) =>
    event.type === "gap" ? `gap ${event.reason} ${event.tickers.join()}` : event.type,
  );

test("a signed handshake, a merge, a hole, a duplicate, a lost connection", async () => {
  server.refuse = (request) => (isAuthentic(request, keys.publicKey) ? null : "401 Unauthorized");
  const { stream, books } = start();
  await until(() => events.length === 1);
  stream.setMarkets(["A", "B"]);
  await until(() => events.length === 2);
  const [first] = books;
  first?.delta("A");
  first?.delta("A", first.seq);
  if (first !== undefined) first.seq += 2;
  first?.delta("B");
  await until(() => events.length === 6);
  first?.delta("B");
  await until(() => events.length === 7);
  expect(seen()).toEqual([
    "snapshot",
    "snapshot",
    "delta",
    "gap seq A,B",
    "snapshot",
    "snapshot",
    "delta",
  ]);
  expect(stream.stats.rejected).toEqual(
    new Map([
      ["duplicate", 1],
      ["no_snapshot", 1],
    ]),
  );
  server.sockets[0]?.terminate();
  await until(() => events.length === 10);
  expect(seen().slice(7)).toEqual(["gap disconnect A,B", "snapshot", "snapshot"]);
  expect(stream.stats).toMatchObject({ connects: 2, gaps: 2 });
  expect(server.upgrades).toHaveLength(2);
});

test("a key that the exchange does not take ends the run after one handshake", async () => {
  const other = generateKeyPairSync("rsa", { modulusLength: 2048 });
  server.refuse = (request) => (isAuthentic(request, other.publicKey) ? null : "401 Unauthorized");
  start();
  await expect(running).rejects.toMatchObject({ kind: "auth", code: "SOCKET_UNAUTHORIZED" });
  expect(server.upgrades).toHaveLength(1);
});

test("I37: a redirect is refused: the signature goes to no other host", async () => {
  server.refuse = () => `302 Found\r\nLocation: ${url}`;
  start();
  await expect(running).rejects.toMatchObject({ kind: "protocol", code: "REDIRECT_REFUSED" });
  expect(server.upgrades).toHaveLength(1);
});
