import { VirtualClock } from "../../../src/adapters/platform/virtual-clock.ts";
import type { MarketEvent } from "../../../src/core/events.ts";
import type {
  HttpClient,
  HttpRequest,
  HttpResponse,
  OpenSocket,
  SocketHandlers,
} from "../../../src/ports.ts";

/** 2026-08-17T04:45:00Z, the opening of the fixture's 15-minute market. */
export const START_MS = 1_786_941_900_000;

export const noJitter = { next: () => 0 };

/** Lets every promise that can run, run. */
export function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** Moves a virtual clock forward timer by timer, letting the code run after each. */
export async function advance(clock: VirtualClock, ms: number): Promise<void> {
  const endMs = clock.nowMs() + ms;
  await settle();
  for (;;) {
    const next = clock.nextTimerMs();
    if (next === null || next > endMs) break;
    clock.moveTo(next);
    clock.fireDue();
    await settle();
  }
  clock.moveTo(endMs);
  await settle();
}

type Json = Record<string, unknown>;

/** The server's end of one connection in memory. */
export class FakeSocket {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly sent: Json[] = [];
  closed = false;
  readonly #handlers: SocketHandlers;
  readonly #clock: VirtualClock;

  constructor(
    to: { url: string; headers: Readonly<Record<string, string>> },
    handlers: SocketHandlers,
    clock: VirtualClock,
  ) {
    this.url = to.url;
    this.headers = to.headers;
    this.#handlers = handlers;
    this.#clock = clock;
  }

  open(): void {
    this.#handlers.onOpen();
  }

  ping(): void {
    this.#handlers.onPing?.();
  }

  push(...frames: (Json | string)[]): void {
    for (const frame of frames) {
      const text = typeof frame === "string" ? frame : JSON.stringify(frame);
      const recvMs = this.#clock.nowMs();
      // As the real socket does: bytes first, to whoever reads them.
      if (this.#handlers.onBytes?.(Buffer.from(text), recvMs) === true) continue;
      this.#handlers.onMessage(text, recvMs);
    }
  }

  drop(close: { code?: number; reason?: string; status?: number; error?: string } = {}): void {
    this.#handlers.onClose({ code: 1006, reason: "", ...close });
  }

  /** Commands of a kind that were sent, newest last. */
  commands(cmd: string): { id: number; params: Json }[] {
    return this.sent
      .filter((message) => message["cmd"] === cmd)
      .map((message) => ({ id: Number(message["id"]), params: message["params"] as Json }));
  }

  /** Acknowledges every subscription that was sent, with sids in the order of the channels. */
  acknowledge(sids: Readonly<Record<string, number>>): void {
    for (const { id, params } of this.commands("subscribe")) {
      const channel = String((params["channels"] as string[])[0]);
      this.push({ type: "subscribed", id, msg: { channel, sid: sids[channel] } });
    }
  }
}

/** Sockets in memory; the test plays the server. */
export class FakeNetwork {
  readonly sockets: FakeSocket[] = [];
  readonly #clock: VirtualClock;
  /** When set, each connection is refused with this. */
  refusal: { status?: number; error?: string } | null = null;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  get last(): FakeSocket {
    const socket = this.sockets.at(-1);
    if (socket === undefined) throw new Error("nothing was opened");
    return socket;
  }

  readonly openSocket: OpenSocket = (url, headers, handlers) => {
    const socket = new FakeSocket({ url, headers }, handlers, this.#clock);
    this.sockets.push(socket);
    if (this.refusal !== null) {
      const { refusal } = this;
      queueMicrotask(() => socket.drop(refusal));
    }
    return {
      send: (text) => socket.sent.push(JSON.parse(text) as Json),
      close: () => {
        socket.closed = true;
      },
    };
  };
}

export interface Answer {
  readonly status?: number;
  readonly body: unknown;
  readonly headers?: Record<string, string>;
}

/** An HTTP client whose answers the test gives; remembers what was asked. */
export class FakeHttp implements HttpClient {
  readonly requests: HttpRequest[] = [];
  readonly #answer: (url: URL, request: HttpRequest) => Answer | Error;

  constructor(answer: (url: URL, request: HttpRequest) => Answer | Error) {
    this.#answer = answer;
  }

  request(request: HttpRequest): Promise<HttpResponse> {
    this.requests.push(request);
    const answer = this.#answer(new URL(request.url), request);
    if (answer instanceof Error) return Promise.reject(answer);
    const { status = 200, body, headers = {} } = answer;
    const text = typeof body === "string" ? body : JSON.stringify(body);
    return Promise.resolve({ status, headers, body: text });
  }
}

export function newClock(): VirtualClock {
  return new VirtualClock(START_MS);
}

/** Types of events in order, gaps with their reason. */
export function shape(events: readonly MarketEvent[]): string[] {
  return events.map((event) => (event.type === "gap" ? `gap:${event.reason}` : event.type));
}
