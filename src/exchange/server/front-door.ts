import { createServer, type Server, type Socket } from "node:net";
import type { ListenerState } from "../faults/state-faults.ts";

/** A TLS alert: to a client that speaks plain HTTP it is noise, as plain HTTP is to one that speaks TLS. */
const GARBAGE = "\u0015\u0003\u0001\u0000\u0002\u0002\u0028";

/** Takes TCP connections, and stops taking them without ending those that are there. */
export class FrontDoor {
  readonly #take: (socket: Socket) => void;
  readonly #sockets = new Set<Socket>();
  #server: Server | null = null;
  #state: ListenerState = "up";
  #host = "";
  #port = 0;

  constructor(take: (socket: Socket) => void) {
    this.#take = take;
  }

  /** Listens, and gives the port. */
  async open(host: string, port: number): Promise<number> {
    this.#host = host;
    this.#port = await this.#listen(host, port);
    return this.#port;
  }

  set(state: ListenerState): void {
    if (state === this.#state) return;
    const wasRefusing = this.#state === "refused";
    this.#state = state;
    if (state === "refused") this.#stop();
    else if (wasRefusing) {
      // Whoever took the port meanwhile keeps it: then this exchange stays down, as a refused one should.
      this.#listen(this.#host, this.#port).catch(() => {
        this.#server = null;
      });
    }
  }

  async close(): Promise<void> {
    const server = this.#server;
    for (const socket of this.#sockets) socket.destroy();
    if (server === null) return;
    this.#server = null;
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
    });
  }

  #stop(): void {
    this.#server?.close();
    this.#server = null;
  }

  #listen(host: string, port: number): Promise<number> {
    const server = createServer((socket) => this.#accept(socket));
    this.#server = server;
    return new Promise((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, host, () => {
        server.off("error", reject);
        const address = server.address();
        resolve(typeof address === "object" && address !== null ? address.port : port);
      });
    });
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
    if (this.#state !== "garbage") {
      this.#take(socket);
      return;
    }
    socket.on("error", () => socket.destroy());
    socket.end(GARBAGE, "latin1");
  }
}
