import { isRecord, parseRecord, stringList } from "../../server/types.ts";
import type { FrameKind } from "../faults.ts";
import type { Link } from "../link.ts";
import type { SpotSession } from "../types.ts";
import { CANDLES, candlesJson, l2FirstJson, symbolOf } from "./frames.ts";
import type { GeminiHost, GeminiListener } from "./host.ts";

const HEARTBEAT_MS = 5000;
const TRADES_IN_SNAPSHOT = 50;
const CANDLES_IN_SNAPSHOT = 500;

/** One v2 market data connection. */
export class GeminiSession implements SpotSession, GeminiListener {
  readonly version = "v2";
  readonly #server: GeminiHost;
  readonly #link: Link;
  readonly #names = new Set<string>();

  constructor(server: GeminiHost, link: Link) {
    this.#server = server;
    this.#link = link;
    server.clock.later(HEARTBEAT_MS, () => this.#beat());
  }

  #beat(): number | null {
    if (!this.#link.isOpen) return null;
    const server = this.#server;
    if (this.#names.size > 0 && !server.clock.faults.now.heartbeatStop) {
      this.send(
        `{"type":"heartbeat","timestamp":${server.clock.stampMs(server.clock.nowMs())}}`,
        "control",
      );
    }
    return HEARTBEAT_MS;
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
    const type = message?.["type"];
    const wanted: unknown = message?.["subscriptions"];
    if (message === undefined) this.#refuse("InvalidJson", "Malformed JSON");
    else if ((type !== "subscribe" && type !== "unsubscribe") || !Array.isArray(wanted)) {
      this.#refuse("InvalidRequest", "Unsupported request");
    } else for (const each of wanted) this.#change(type, each);
  }

  #change(type: "subscribe" | "unsubscribe", wanted: unknown): void {
    const name = isRecord(wanted) ? wanted["name"] : undefined;
    const symbols = isRecord(wanted) ? stringList(wanted["symbols"]) : undefined;
    if (typeof name !== "string" || symbols === undefined || !isFeed(name)) {
      this.#refuse("InvalidRequest", "Unsupported subscription");
      return;
    }
    for (const symbol of symbols) {
      const market = this.#server.market(symbol);
      if (market === undefined) this.#refuse("InvalidSymbol", `Unsupported symbol: ${symbol}`);
      else if (type === "unsubscribe") this.#names.delete(`${name} ${symbolOf(market.coin)}`);
      else this.#subscribe(name, symbol);
    }
  }

  #subscribe(name: string, symbol: string): void {
    const server = this.#server;
    const market = server.market(symbol);
    if (market === undefined) return;
    this.#names.add(`${name} ${symbolOf(market.coin)}`);
    if (name === "l2") {
      const trades = market.recent(TRADES_IN_SNAPSHOT);
      this.send(
        l2FirstJson(market, trades, (ms) => server.clock.stampMs(ms)),
        "book",
      );
      return;
    }
    const length = name.slice("candles_".length);
    const nowS = Math.floor(server.clock.nowMs() / 1000);
    const candles = market.candles.read(0, nowS + 1, CANDLES.get(length) ?? 60);
    this.send(candlesJson(market, candles.slice(-CANDLES_IN_SNAPSHOT), length), "quote");
  }

  #refuse(reason: string, message: string): void {
    this.send(JSON.stringify({ result: "error", reason, message }), "control");
  }
}

function isFeed(name: string): boolean {
  return name === "l2" || (name.startsWith("candles_") && CANDLES.has(name.slice(8)));
}
