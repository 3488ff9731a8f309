import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type RawData, type WebSocket, WebSocketServer } from "ws";

/** A real WebSocket server on loopback whose handshake the test decides. */
export class SocketServer {
  readonly #http: Server;
  readonly #server = new WebSocketServer({ noServer: true });
  readonly sockets: WebSocket[] = [];
  readonly upgrades: IncomingMessage[] = [];
  /** Status line of a refused handshake with its headers; null accepts. */
  refuse: (request: IncomingMessage) => string | null = () => null;
  onSocket: (socket: WebSocket) => void = () => {};

  constructor() {
    this.#http = createServer((_request, response) => response.writeHead(404).end());
    this.#http.on("upgrade", (request, socket, head) => {
      this.upgrades.push(request);
      const refusal = this.refuse(request);
      if (refusal !== null) {
        socket.end(`HTTP/1.1 ${refusal}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
        return;
      }
      this.#server.handleUpgrade(request, socket, head, (client) => {
        this.sockets.push(client);
        this.onSocket(client);
      });
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => {
      this.#http.listen(0, "127.0.0.1", resolve);
    });
    return `ws://127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
  }

  close(): void {
    for (const socket of this.sockets) socket.terminate();
    this.#http.closeAllConnections();
    this.#http.close();
  }
}

/** Resolves as soon as a condition holds; it is looked at after every turn of the event loop. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}

/** Text of a frame as the server received it. */
export function textOf(data: RawData): string {
  return Buffer.isBuffer(data) ? data.toString("utf8") : "";
}
