import { parseRecord, stringList } from "../../server/types.ts";
import type { FrameKind } from "../faults.ts";
import type { Link } from "../link.ts";
import type { SpotSession } from "../types.ts";
import { bookTickerJson, depthFirstJson } from "./frames.ts";
import type { GeminiHost, GeminiListener } from "./host.ts";

const STREAM = /^([a-z0-9]+)@(depth@100ms|bookTicker|trade)$/;

/** One connection to the current streams, whose commands look like Binance's. */
export class GeminiStreamSession implements SpotSession, GeminiListener {
  readonly version = "v3";
  readonly #server: GeminiHost;
  readonly #link: Link;
  /** `?snapshot=-1` in the address: each depth stream begins with the whole book. */
  readonly #wantsBook: boolean;
  readonly #names = new Set<string>();

  constructor(server: GeminiHost, link: Link, wantsBook: boolean) {
    this.#server = server;
    this.#link = link;
    this.#wantsBook = wantsBook;
  }

  isHearing(name: string): boolean {
    return this.#names.has(name);
  }

  send(text: string, kind: FrameKind): void {
    this.#link.send(text, kind);
  }

  closed(): void {
    this.#server.forget(this);
  }

  receive(text: string): void {
    const message = parseRecord(text);
    const method = message?.["method"];
    const params = stringList(message?.["params"] ?? []);
    const id = JSON.stringify(message?.["id"] ?? null);
    const isKnown = method === "SUBSCRIBE" || method === "UNSUBSCRIBE";
    if (!isKnown || params === undefined) {
      this.send(`{"id":${id},"status":400,"error":{"code":-1,"msg":"Invalid request"}}`, "control");
      return;
    }
    const isListed = params.every((name) => this.#marketOf(name) !== undefined);
    if (!isListed) {
      this.send(`{"id":${id},"status":400,"error":{"code":-2,"msg":"Invalid stream"}}`, "control");
      return;
    }
    this.send(`{"id":${id},"status":200}`, "control");
    for (const name of params) {
      if (method === "SUBSCRIBE") this.#subscribe(name);
      else this.#names.delete(name);
    }
  }

  #marketOf(name: string): ReturnType<GeminiHost["market"]> {
    const [, symbol = ""] = STREAM.exec(name) ?? [];
    return symbol === "" ? undefined : this.#server.market(symbol);
  }

  #subscribe(name: string): void {
    const market = this.#marketOf(name);
    if (market === undefined) return;
    this.#names.add(name);
    const atMs = this.#server.clock.stampMs(this.#server.clock.nowMs());
    if (name.endsWith("@bookTicker")) this.send(bookTickerJson(market, atMs), "quote");
    if (!name.endsWith("@depth@100ms")) return;
    this.#server.startDepth(market);
    if (this.#wantsBook) this.send(depthFirstJson(market, atMs), "book");
  }
}
