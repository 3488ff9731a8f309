import type { Ms } from "../../../core/units.ts";
import type { Clock, Socket } from "../../../ports.ts";
import { type KrakenAnswer, symbolOf } from "./frames.ts";

const ACK_MS = 5000;

interface Request {
  readonly isSubscribe: boolean;
  readonly channel: string;
  /** What of it has not been answered yet. */
  readonly open: Set<string>;
}

interface Subscription {
  readonly askedMs: Ms;
  state: "asked" | "on" | "refused";
  error: string;
}

/** What one connection has asked for and what Kraken said to it: one answer a symbol, and some may fail alone. */
export class KrakenRequests {
  readonly #socket: Socket;
  readonly #clock: Clock;
  readonly #requests = new Map<number, Request>();
  readonly #subscriptions = new Map<string, Subscription>();
  #nextId = 1;
  #complaint = "";

  constructor(socket: Socket, clock: Clock) {
    this.#socket = socket;
    this.#clock = clock;
  }

  /** Without products for the channels that are about all of them. */
  subscribe(channel: string, products: readonly string[], params: object = {}): void {
    const askedMs = this.#clock.monoMs();
    const names = namesOf(channel, products);
    // Noted before it is sent: an exchange in memory may answer within `send`.
    for (const name of names) {
      this.#subscriptions.set(name, { askedMs, state: "asked", error: "" });
    }
    this.#send("subscribe", channel, products, params);
  }

  /** `params` must repeat the depth of a book. */
  unsubscribe(channel: string, products: readonly string[], params: object): void {
    this.#send("unsubscribe", channel, products, params);
  }

  answered({ reqId, product, error }: KrakenAnswer): void {
    const request = reqId === null ? undefined : this.#requests.get(reqId);
    if (reqId === null || request === undefined) {
      if (error !== null) this.#complaint = `Kraken said: ${error}`;
      return;
    }
    const isAboutAll = product === null;
    const names = isAboutAll ? [...request.open] : namesOf(request.channel, [product]);
    for (const name of names) {
      request.open.delete(name);
      const subscription = this.#subscriptions.get(name);
      if (!request.isSubscribe || subscription === undefined) continue;
      subscription.state = error === null ? "on" : "refused";
      subscription.error = error ?? "";
    }
    if (request.open.size === 0) this.#requests.delete(reqId);
  }

  isOn(channel: string, product: string): boolean {
    return namesOf(channel, [product]).every(
      (name) => this.#subscriptions.get(name)?.state === "on",
    );
  }

  /** What people should know: refusals, and what was not answered in 5 s. Empty when all is well. */
  problems(): string {
    const nowMs = this.#clock.monoMs();
    const missing: string[] = [];
    for (const [name, { askedMs, state, error }] of this.#subscriptions) {
      if (state === "refused") missing.push(`${name} (${error})`);
      else if (state === "asked" && nowMs - askedMs >= ACK_MS) missing.push(`${name} (no answer)`);
    }
    if (missing.length === 0) return this.#complaint;
    return `not subscribed: ${missing.join(", ")}`;
  }

  #send(
    method: "subscribe" | "unsubscribe",
    channel: string,
    products: readonly string[],
    params: object,
  ): void {
    const id = this.#nextId++;
    const open = new Set(namesOf(channel, products));
    this.#requests.set(id, { isSubscribe: method === "subscribe", channel, open });
    const symbols = products.length === 0 ? {} : { symbol: products.map(symbolOf) };
    this.#socket.send(
      JSON.stringify({ method, params: { channel, ...symbols, ...params }, req_id: id }),
    );
  }
}

function namesOf(channel: string, products: readonly string[]): readonly string[] {
  return products.length === 0 ? [channel] : products.map((product) => `${channel} of ${product}`);
}
