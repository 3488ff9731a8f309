import { Buffer } from "node:buffer";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { type RawData, type WebSocket, WebSocketServer } from "ws";
import type { Connection, ExchangeRequest, ExchangeResponse, Peer, Refusal } from "./types.ts";

export interface ListenOptions {
  /** Loopback by default. */
  readonly host?: string;
  /** 0, the default, takes any free port. */
  readonly port?: number;
}

export interface Listener {
  readonly restUrl: string;
  readonly wsUrl: string;
  /** Without path: `/api/v3/brokerage/…` is appended, as to the real host. */
  readonly coinbaseRestUrl: string;
  readonly coinbaseWsUrl: string;
  /** Ends every connection and frees the port. */
  close(): Promise<void>;
}

type Kind = "kalshi" | "coinbase";

/** The part of the exchange a socket needs. */
export interface SocketTarget {
  handleHttp(request: ExchangeRequest): ExchangeResponse;
  connect(
    kind: Kind,
    request: { readonly path: string; readonly headers: Readonly<Record<string, string>> },
    peer: Peer,
  ): Connection | Refusal;
}

const KALSHI_WS_PATH = "/trade-api/ws/v2";
const COINBASE_WS_PATH = "/coinbase/ws";
const BODY_MAX = 1024 * 1024;
const KINDS: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  [KALSHI_WS_PATH, "kalshi"],
  [COINBASE_WS_PATH, "coinbase"],
]);

/** HTTP and WebSocket servers that do nothing but carry requests and frames to the exchange. */
export async function listenOn(target: SocketTarget, options: ListenOptions): Promise<Listener> {
  const host = options.host ?? "127.0.0.1";
  const server = createServer((request, response) => serve(target, request, response));
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  server.on("upgrade", (request, socket, head) =>
    upgrade({ target, sockets, request, socket, head }),
  );
  const port = await bind(server, host, options.port ?? 0);
  const authority = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  return {
    restUrl: `http://${authority}/trade-api/v2`,
    wsUrl: `ws://${authority}${KALSHI_WS_PATH}`,
    coinbaseRestUrl: `http://${authority}`,
    coinbaseWsUrl: `ws://${authority}${COINBASE_WS_PATH}`,
    close: () => shut(server, sockets),
  };
}

function bind(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : port);
    });
  });
}

function shut(server: Server, sockets: WebSocketServer): Promise<void> {
  for (const socket of sockets.clients) socket.terminate();
  return new Promise((resolve, reject) => {
    server.close((error) => (error === undefined ? resolve() : reject(error)));
    server.closeAllConnections();
  });
}

function headersOf(request: IncomingMessage): Record<string, string> {
  const entries = Object.entries(request.headers);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, [value ?? ""].flat().join(", ")]),
  );
}

function serve(target: SocketTarget, request: IncomingMessage, response: ServerResponse): void {
  const chunks: Buffer[] = [];
  let size = 0;
  request.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size > BODY_MAX) request.destroy();
    else chunks.push(chunk);
  });
  request.on("end", () => {
    const answer = target.handleHttp({
      method: request.method ?? "GET",
      path: request.url ?? "/",
      headers: headersOf(request),
      body: Buffer.concat(chunks).toString(),
    });
    response.writeHead(answer.status, answer.headers).end(answer.body);
  });
}

interface Upgrade {
  readonly target: SocketTarget;
  readonly sockets: WebSocketServer;
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
}

function upgrade(each: Upgrade): void {
  const { target, sockets, request, socket, head } = each;
  const path = request.url ?? "/";
  const kind = KINDS.get(path.split("?", 1)[0] ?? "");
  // The exchange decides before there is a WebSocket to speak through: its words wait here for the handshake.
  const peer = new SocketPeer();
  const answer =
    kind === undefined
      ? { status: 404, body: "" }
      : target.connect(kind, { path, headers: headersOf(request) }, peer);
  if ("status" in answer) {
    refuse(socket, answer);
    return;
  }
  // A handshake that fails leaves no WebSocket behind to say that it is gone.
  const onGone = (): void => answer.closed();
  socket.once("close", onGone);
  sockets.handleUpgrade(request, socket, head, (webSocket) => {
    peer.attach(webSocket);
    webSocket.on("message", (data) => answer.receive(textOf(data)));
    webSocket.on("error", () => webSocket.terminate());
  });
}

function textOf(data: RawData): string {
  if (Buffer.isBuffer(data)) return data.toString();
  return Array.isArray(data) ? Buffer.concat(data).toString() : Buffer.from(data).toString();
}

const STATUS_TEXTS: ReadonlyMap<number, string> = new Map([
  [401, "Unauthorized"],
  [404, "Not Found"],
]);

function refuse(socket: Duplex, refusal: Refusal): void {
  const { status, body } = refusal;
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_TEXTS.get(status) ?? ""}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

class SocketPeer implements Peer {
  #socket: WebSocket | undefined;

  attach(socket: WebSocket): void {
    this.#socket = socket;
  }

  send(text: string): void {
    this.#socket?.send(text);
  }

  close(code: number, reason: string): void {
    this.#socket?.close(code, reason);
  }

  buffered(): number {
    return this.#socket?.bufferedAmount ?? 0;
  }

  ping(payload: string): void {
    this.#socket?.ping(payload);
  }
}
