import { parseRecord, stringList } from "../../server/types.ts";
import type { FrameKind } from "../faults.ts";
import type { Link } from "../link.ts";
import type { SpotSession } from "../types.ts";
import type { VenueClock } from "../venue-clock.ts";

/** What a connection needs of its server. */
export interface BinanceHost {
  readonly clock: VenueClock;
  forget(session: BinanceSession): void;
  /** A client named a stream that can exist. */
  subscribed(stream: string): void;
}

/** What spot and futures do differently. */
export interface BinanceRules {
  readonly pingMs: number;
  readonly pongWithinMs: number;
  readonly messagesPerSecond: number;
  /** Names of streams that can exist here; every other is acknowledged and silent. */
  readonly streams: RegExp;
}

const LIFETIME_MS = 24 * 3_600_000;
const STREAMS_MAX = 1024;
const POLICY_VIOLATION = 1008;
const METHODS = ["SUBSCRIBE", "UNSUBSCRIBE", "LIST_SUBSCRIPTIONS", "SET_PROPERTY", "GET_PROPERTY"];

/** One Binance connection, raw or combined (spot-feeds.md §3.2). */
export class BinanceSession implements SpotSession {
  readonly #host: BinanceHost;
  readonly #link: Link;
  readonly #rules: BinanceRules;
  /** As the client listed them, and those among them that can ever speak. */
  readonly #streams = new Set<string>();
  readonly #heard = new Set<string>();
  readonly #receivedMs: number[] = [];
  readonly #inMicros: boolean;
  #isCombined: boolean;
  #pongMs: number;
  readonly #endMs: number;

  constructor(host: BinanceHost, link: Link, path: string, rules: BinanceRules) {
    this.#host = host;
    this.#link = link;
    this.#rules = rules;
    this.#pongMs = host.clock.nowMs();
    const [route = "", search = ""] = path.split("?", 2);
    const query = new URLSearchParams(search);
    this.#inMicros = query.get("timeUnit")?.toUpperCase() === "MICROSECOND";
    this.#isCombined = route.endsWith("/stream");
    const streams = this.#isCombined
      ? (query.get("streams") ?? "")
      : (route.split("/ws/")[1] ?? "");
    for (const stream of streams.split("/")) this.#add(stream);
    this.#endMs = this.#pongMs + LIFETIME_MS;
    host.clock.later(rules.pingMs, () => this.#ping());
  }

  closed(): void {
    this.#host.forget(this);
  }

  isHearing(stream: string): boolean {
    return this.#heard.has(stream);
  }

  /** A time of the exchange's clock in this connection's unit. */
  readonly time = (ms: number): string => {
    const stamp = this.#host.clock.stampMs(ms);
    return this.#inMicros ? `${stamp}000` : `${stamp}`;
  };

  /** Tells texts apart that differ by the unit of their times only. */
  get unit(): "us" | "ms" {
    return this.#inMicros ? "us" : "ms";
  }

  send(stream: string, data: string, kind: FrameKind): void {
    const text = this.#isCombined ? `{"stream":"${stream}","data":${data}}` : data;
    this.#link.send(text, kind);
  }

  #add(stream: string): void {
    if (stream === "") return;
    this.#streams.add(stream);
    if (this.#rules.streams.test(stream)) {
      this.#heard.add(stream);
      this.#host.subscribed(stream);
    }
    if (this.#streams.size > STREAMS_MAX) this.#close(POLICY_VIOLATION, "Too many streams");
  }

  #close(code: number, reason: string): null {
    this.#link.close(code, reason);
    this.#host.forget(this);
    return null;
  }

  #ping(): number | null {
    const { pingMs, pongWithinMs } = this.#rules;
    const link = this.#link;
    if (!link.isOpen) return null;
    const nowMs = this.#host.clock.nowMs();
    if (nowMs >= this.#endMs) return this.#close(1000, "24h");
    if (!link.hasPings) return pingMs;
    // The answer to the ping of this moment cannot be there yet.
    if (nowMs - this.#pongMs >= pongWithinMs + pingMs) return this.#close(1008, "Pong timeout");
    link.ping(`${nowMs}`);
    return pingMs;
  }

  control(kind: "ping" | "pong"): void {
    if (kind === "pong") this.#pongMs = this.#host.clock.nowMs();
    this.#count();
  }

  receive(text: string): void {
    if (this.#count()) this.#command(text);
  }

  // Pings, pongs and JSON all count; whoever sends too many is cut off.
  #count(): boolean {
    const nowMs = this.#host.clock.nowMs();
    const times = this.#receivedMs;
    while (times.length > 0 && (times[0] ?? 0) <= nowMs - 1000) times.shift();
    times.push(nowMs);
    if (times.length <= this.#rules.messagesPerSecond) return true;
    this.#close(POLICY_VIOLATION, "Too many requests");
    return false;
  }

  #command(text: string): void {
    const message = parseRecord(text);
    if (message === undefined) {
      this.#link.send('{"code":3,"msg":"Invalid JSON: expected value at line 1 column 1"}');
      return;
    }
    const { id } = message;
    const isId = typeof id === "number" || typeof id === "string" || id === null;
    const idText = isId ? JSON.stringify(id) : null;
    const method = typeof message["method"] === "string" ? message["method"] : "";
    if (!METHODS.includes(method)) {
      const known = METHODS.map((each) => `\`${each}\``).join(", ");
      const msg = `Invalid request: unknown variant \`${method}\`, expected one of ${known}`;
      this.#refuse(msg, idText);
    } else if (idText === null) this.#refuse("Invalid request: missing field `id`", null);
    else this.#run(method, message["params"], idText);
  }

  #run(method: string, params: unknown, idText: string): void {
    const streams = stringList(params);
    if (method === "LIST_SUBSCRIPTIONS") {
      this.#link.send(`{"result":${JSON.stringify([...this.#streams])},"id":${idText}}`);
      return;
    }
    if (method === "GET_PROPERTY") {
      this.#link.send(`{"result":${this.#isCombined},"id":${idText}}`);
      return;
    }
    if (method === "SET_PROPERTY") {
      const [name, value]: unknown[] = Array.isArray(params) ? params : [];
      if (name === "combined" && typeof value === "boolean") this.#isCombined = value;
    } else if (streams === undefined) {
      this.#refuse("Invalid request: params must be an array of strings", idText);
      return;
    } else if (method === "SUBSCRIBE") {
      // A stream that does not exist is acknowledged like any other and stays silent.
      for (const stream of streams) this.#add(stream);
    } else {
      for (const stream of streams) {
        this.#streams.delete(stream);
        this.#heard.delete(stream);
      }
    }
    this.#link.send(`{"result":null,"id":${idText}}`);
  }

  #refuse(msg: string, idText: string | null): void {
    const id = idText === null ? "" : `,"id":${idText}`;
    this.#link.send(`{"code":2,"msg":${JSON.stringify(msg)}${id}}`);
  }

  announceShutdown(): void {
    const data = `{"e":"serverShutdown","E":${this.time(this.#host.clock.nowMs())}}`;
    this.send("!serverShutdown", data, "control");
  }
}
