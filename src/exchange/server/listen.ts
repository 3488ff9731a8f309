import { Buffer } from "node:buffer";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import type { ListenerState } from "../faults/state-faults.ts";
import { type SpotVenueName, spotUrls, spotVenueOf } from "../spot/registry.ts";
import { FrontDoor } from "./front-door.ts";
import { SocketPeer, textOf } from "./socket-peer.ts";
import type {
  Connection,
  ExchangeRequest,
  ExchangeResponse,
  HttpWire,
  Peer,
  Refusal,
} from "./types.ts";

/** Answers a request to `/_kbt/…`, which is no part of any exchange. */
type ControlHandler = (request: ExchangeRequest) => ExchangeResponse;

export interface ListenOptions {
  /** Loopback by default. */
  readonly host?: string;
  /** 0, the default, takes any free port. */
  readonly port?: number;
  /** The control endpoint; there is none when left out. */
  readonly control?: ControlHandler;
}

export interface Listener {
  readonly restUrl: string;
  readonly wsUrl: string;
  /** Without path: `/api/v3/brokerage/…` is appended, as to the real host. */
  readonly coinbaseRestUrl: string;
  readonly coinbaseWsUrl: string;
  /** Base addresses of every spot venue. */
  readonly spotUrls: Readonly<
    Record<SpotVenueName, { readonly ws: string; readonly rest: string; readonly futures: string }>
  >;
  /** Of the control endpoint, without a path below it. */
  readonly controlUrl: string;
  /** Ends every connection and frees the port. */
  close(): Promise<void>;
}

type Kind = "kalshi" | SpotVenueName;

/** The part of the exchange a socket needs. */
export interface SocketTarget {
  serveHttp(request: ExchangeRequest, wire: HttpWire): void;
  connect(
    kind: Kind,
    request: { readonly path: string; readonly headers: Readonly<Record<string, string>> },
    peer: Peer,
  ): Connection | Refusal;
  /** Tells whenever new connections are to be treated otherwise than before. */
  onListener(tell: (state: ListenerState) => void): void;
}

const KALSHI_WS_PATH = "/trade-api/ws/v2";
const CONTROL_PATH = "/_kbt";
const BODY_MAX = 1024 * 1024;

/** HTTP and WebSocket servers that do nothing but carry requests and frames to the exchange. */
export async function listenOn(target: SocketTarget, options: ListenOptions): Promise<Listener> {
  const host = options.host ?? "127.0.0.1";
  const server = createServer((request, response) =>
    serve(target, { request, response, control: options.control }),
  );
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  server.on("upgrade", (request, socket, head) =>
    upgrade({ target, sockets, request, socket, head }),
  );
  const door = new FrontDoor((socket) => server.emit("connection", socket));
  const port = await door.open(host, options.port ?? 0);
  target.onListener((state) => door.set(state));
  const authority = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  const spot = spotUrls(authority);
  return {
    restUrl: `http://${authority}/trade-api/v2`,
    wsUrl: `ws://${authority}${KALSHI_WS_PATH}`,
    coinbaseRestUrl: spot.coinbase.rest,
    coinbaseWsUrl: spot.coinbase.ws,
    spotUrls: spot,
    controlUrl: `http://${authority}${CONTROL_PATH}`,
    close: () => shut(server, sockets, door),
  };
}

async function shut(server: Server, sockets: WebSocketServer, door: FrontDoor): Promise<void> {
  for (const socket of sockets.clients) socket.terminate();
  await door.close();
  server.removeAllListeners();
}

function headersOf(request: IncomingMessage): Record<string, string> {
  const entries = Object.entries(request.headers);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, [value ?? ""].flat().join(", ")]),
  );
}

interface Serving {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly control: ControlHandler | undefined;
}

function serve(target: SocketTarget, { request, response, control }: Serving): void {
  const chunks: Buffer[] = [];
  let size = 0;
  request.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size > BODY_MAX) request.destroy();
    else chunks.push(chunk);
  });
  request.on("end", () => {
    const path = request.url ?? "/";
    const asked: ExchangeRequest = {
      method: request.method ?? "GET",
      path,
      headers: headersOf(request),
      body: Buffer.concat(chunks).toString(),
      remoteAddress: request.socket.remoteAddress ?? "",
    };
    if (control !== undefined && (path === CONTROL_PATH || path.startsWith(`${CONTROL_PATH}/`))) {
      const { status, headers, body } = control(asked);
      response.writeHead(status, headers).end(body);
    } else target.serveHttp(asked, wireOf(request.socket, response));
  });
}

function wireOf(socket: Socket, response: ServerResponse): HttpWire {
  return {
    head({ status, headers, body }) {
      const length = Buffer.byteLength(body);
      // An answer without a body must not claim one; everything else says how long it is, even if it ends before.
      const sized = status === 204 || status === 304 ? {} : { "content-length": `${length}` };
      response.writeHead(status, { ...headers, ...sized });
    },
    part(text) {
      if (text !== "") response.write(text);
    },
    end: () => {
      response.end();
    },
    reset() {
      // What was written goes out at the end of this turn; a reset before that would overtake it.
      if (response.headersSent) setImmediate(() => socket.resetAndDestroy());
      else socket.resetAndDestroy();
    },
  };
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
  const kind: Kind | undefined =
    path.split("?", 1)[0] === KALSHI_WS_PATH ? "kalshi" : spotVenueOf(path);
  // The exchange decides before there is a WebSocket to speak through: its words wait here for the handshake.
  const peer = new SocketPeer(request.socket);
  const answer =
    kind === undefined
      ? { status: 404, body: "" }
      : target.connect(kind, { path, headers: headersOf(request) }, peer);
  if ("status" in answer) {
    refuse(socket, answer);
    return;
  }
  // A handshake that fails leaves no WebSocket behind to say that it is gone.
  socket.once("close", () => answer.closed());
  sockets.handleUpgrade(request, socket, head, (webSocket) => {
    peer.attach(webSocket);
    hear(webSocket, answer);
  });
}

function hear(webSocket: WebSocket, connection: Connection): void {
  webSocket.on("message", (data) => connection.receive(textOf(data)));
  webSocket.on("ping", () => connection.control?.("ping"));
  webSocket.on("pong", () => connection.control?.("pong"));
  webSocket.on("error", () => webSocket.terminate());
}

const STATUS_TEXTS: ReadonlyMap<number, string> = new Map([
  [401, "Unauthorized"],
  [404, "Not Found"],
]);

function refuse(socket: Duplex, refusal: Refusal): void {
  const { status, body, location } = refusal;
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_TEXTS.get(status) ?? "Refused"}`,
    "Content-Type: application/json",
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...(location === undefined ? [] : [`Location: ${location}`]),
    "Connection: close",
  ];
  socket.end(`${lines.join("\r\n")}\r\n\r\n${body}`);
}
