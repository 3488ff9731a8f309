import { afterEach, beforeEach, expect, test } from "vitest";
import { createSystemClock } from "../../../../src/adapters/platform/system-clock.ts";
import { createOpenSocket } from "../../../../src/adapters/platform/websocket.ts";
import type { Socket, SocketHandlers } from "../../../../src/ports.ts";
import { SocketServer, textOf, until } from "../socket-server.ts";

type Close = Parameters<SocketHandlers["onClose"]>[0];

let server: SocketServer;
let url: string;
let opened: number;
let pings: number;
let messages: [string, number][];
let closes: Close[];

beforeEach(async () => {
  server = new SocketServer();
  url = await server.listen();
  opened = 0;
  pings = 0;
  messages = [];
  closes = [];
});
afterEach(() => server.close());

function connect(to = url, nowMs = 42, maxBytes?: number): Socket {
  const open = createOpenSocket({ ...createSystemClock(), nowMs: () => nowMs });
  return open(
    to,
    { "x-key": "k" },
    {
      maxBytes,
      onOpen: () => opened++,
      onMessage: (text, recvMs) => messages.push([text, recvMs]),
      onPing: () => pings++,
      onClose: (close) => closes.push(close),
    },
  );
}

test("W8: a frame longer than is taken closes the socket, and nothing of it arrives", async () => {
  server.onSocket = (socket) => {
    socket.send("x".repeat(1_000));
    socket.send("x".repeat(1_001));
    socket.send("too late");
  };
  connect(url, 42, 1_000);
  await until(() => closes.length === 1);
  expect(closes).toMatchObject([{ code: 1006, error: "Max payload size exceeded" }]);
  expect(messages.map(([text]) => text.length)).toEqual([1_000]);
});

test("frames go both ways, stamped on arrival, without compression and with our headers", async () => {
  const heard: string[] = [];
  server.onSocket = (socket) => {
    socket.on("message", (data) => heard.push(textOf(data)));
    socket.send("hello\n");
    socket.send(Buffer.from("binary"), { binary: true });
    socket.ping("heartbeat");
  };
  const socket = connect();
  socket.send("too early: dropped, not thrown");
  await until(() => opened === 1);
  socket.send("hi");
  await until(() => messages.length === 2 && pings === 1 && heard.length === 1);
  expect(messages).toEqual([
    ["hello\n", 42],
    ["binary", 42],
  ]);
  expect(heard).toEqual(["hi"]);
  const [upgrade] = server.upgrades;
  expect(upgrade?.headers["x-key"]).toBe("k");
  expect(upgrade?.headers["sec-websocket-extensions"]).toBeUndefined();
  socket.close();
  await until(() => closes.length === 1);
  expect(closes[0]?.code).toBe(1005);
  socket.send("too late: dropped, not thrown");
});

test("a closing server gives its code and reason, once", async () => {
  server.onSocket = (socket) => socket.close(1011, "sorry");
  connect();
  await until(() => closes.length === 1);
  expect(closes).toEqual([{ code: 1011, reason: "sorry" }]);
});

test("a refused handshake gives the status; a redirect is one of them and is not followed", async () => {
  server.refuse = () => `307 Temporary Redirect\r\nLocation: ${url}/elsewhere`;
  connect();
  await until(() => closes.length === 1);
  expect(closes[0]).toMatchObject({ code: 1006, status: 307, error: "HTTP status 307" });
  server.refuse = () => "401 Unauthorized";
  connect();
  await until(() => closes.length === 2);
  expect(closes[1]).toMatchObject({ status: 401 });
  expect(opened).toBe(0);
  expect(server.upgrades).toHaveLength(2);
});

test("nobody listens", async () => {
  connect("ws://127.0.0.1:1");
  await until(() => closes.length === 1);
  expect(closes[0]).toMatchObject({ code: 1006, error: expect.stringContaining("ECONNREFUSED") });
});
