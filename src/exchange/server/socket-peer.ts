import { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import type { RawData, WebSocket } from "ws";
import type { Peer } from "./types.ts";

/** What waits to leave in one call; more than this would count as left unread by a client that reads well. */
const BATCH_BYTES = 64 * 1024;

/** The client's end of a real WebSocket. */
export class SocketPeer implements Peer {
  readonly #tcp: Socket;
  #socket: WebSocket | undefined;
  /** Said before the handshake was done: some venues greet whoever connects. */
  readonly #greetings: string[] = [];
  #isCorked = false;

  constructor(tcp: Socket) {
    this.#tcp = tcp;
  }

  attach(socket: WebSocket): void {
    this.#socket = socket;
    for (const text of this.#greetings.splice(0)) socket.send(text);
  }

  send(text: string): void {
    if (this.#socket === undefined) {
      this.#greetings.push(text);
      return;
    }
    if (!this.#isCorked) this.#cork();
    else if (this.#tcp.writableLength > BATCH_BYTES) {
      this.#tcp.uncork();
      this.#tcp.cork();
    }
    this.#socket.send(text);
  }

  // A system call for each frame is most of what a busy market costs; what is sent in one go leaves in one call.
  #cork(): void {
    this.#isCorked = true;
    this.#tcp.cork();
    queueMicrotask(() => {
      this.#isCorked = false;
      this.#tcp.uncork();
    });
  }

  sendBytes(bytes: Uint8Array): void {
    this.#socket?.send(bytes);
  }

  sendPieces(text: string, pieces: number): void {
    const bytes = Buffer.from(text);
    const size = Math.max(1, Math.ceil(bytes.length / pieces));
    for (let from = 0; from < bytes.length; from += size) {
      const fin = from + size >= bytes.length;
      this.#socket?.send(bytes.subarray(from, from + size), { binary: false, fin });
    }
  }

  close(code: number, reason: string): void {
    this.#socket?.close(code, reason);
  }

  reset(): void {
    this.#tcp.resetAndDestroy();
  }

  // Everything that still comes is taken and forgotten, so that the end of the connection is noticed.
  freeze(): void {
    this.#tcp.removeAllListeners("data");
    this.#tcp.resume();
  }

  buffered(): number {
    return this.#socket?.bufferedAmount ?? 0;
  }

  ping(payload: string): void {
    this.#socket?.ping(payload);
  }
}

export function textOf(data: RawData): string {
  if (Buffer.isBuffer(data)) return data.toString();
  return Array.isArray(data) ? Buffer.concat(data).toString() : Buffer.from(data).toString();
}
