import { isRecord, parseRecord } from "../../server/types.ts";
import type { FrameKind } from "../faults.ts";
import type { Link } from "../link.ts";
import type { SpotSession } from "../types.ts";
import type { VenueClock } from "../venue-clock.ts";

/** Connections live at most ninety days (spot-feeds.md §4.6). */
const LIFETIME_MS = 90 * 86_400_000;
const LOOK_MS = 3_600_000;
const CHANNEL = /^(live_trades|order_book|diff_order_book)_([a-z]+)$/;
const HEARTBEAT = '{"event":"bts:heartbeat","channel":"","data":{"status":"success"}}';
const BAD_SUBSCRIPTION = "Bad subscription string.";

/** What a connection needs of its server. */
export interface BitstampHost {
  readonly clock: VenueClock;
  lists(symbol: string): boolean;
  /** What a new subscription starts with: the book for `order_book`, nothing else. */
  sendFirst(session: BitstampSession, kind: string, symbol: string): void;
  forget(session: BitstampSession): void;
}

/** One Bitstamp connection. */
export class BitstampSession implements SpotSession {
  readonly #server: BitstampHost;
  readonly #link: Link;
  readonly #channels = new Set<string>();

  constructor(server: BitstampHost, link: Link) {
    this.#server = server;
    this.#link = link;
    const endMs = server.clock.nowMs() + LIFETIME_MS;
    // Looked at now and then, so that nothing is kept of a connection that is long gone.
    server.clock.later(LOOK_MS, () => {
      if (!link.isOpen) return null;
      if (server.clock.nowMs() < endMs) return LOOK_MS;
      link.close(1000, "");
      server.forget(this);
      return null;
    });
  }

  isHearing(channel: string): boolean {
    return this.#channels.has(channel);
  }

  send(text: string, kind: FrameKind): void {
    this.#link.send(text, kind);
  }

  closed(): void {
    this.#server.forget(this);
  }

  receive(text: string): void {
    const message = parseRecord(text);
    const data = message?.["data"];
    const channel = isRecord(data) ? data["channel"] : undefined;
    switch (message?.["event"]) {
      case "bts:subscribe":
        this.#subscribe(channel);
        break;
      case "bts:unsubscribe":
        this.#unsubscribe(channel);
        break;
      case "bts:heartbeat":
        if (!this.#server.clock.faults.now.heartbeatStop) this.send(HEARTBEAT, "control");
        break;
      default:
        this.#refuse("Incorrect JSON format.", "");
    }
  }

  #subscribe(channel: unknown): void {
    if (typeof channel !== "string") {
      this.#refuse(BAD_SUBSCRIPTION, "");
      return;
    }
    if (channel.startsWith("private-")) {
      this.#refuse("Connection is unauthorized.", channel, 4009);
      return;
    }
    const [, kind = "", symbol = ""] = CHANNEL.exec(channel) ?? [];
    if (!this.#server.lists(symbol)) {
      this.#refuse(BAD_SUBSCRIPTION, channel);
      return;
    }
    this.#channels.add(channel);
    this.#tellDone("bts:subscription_succeeded", channel);
    this.#server.sendFirst(this, kind, symbol);
  }

  #unsubscribe(channel: unknown): void {
    if (typeof channel === "string" && this.#channels.delete(channel)) {
      this.#tellDone("bts:unsubscription_succeeded", channel);
    } else this.#refuse(BAD_SUBSCRIPTION, typeof channel === "string" ? channel : "");
  }

  #tellDone(event: string, channel: string): void {
    this.send(JSON.stringify({ event, channel, data: {} }), "control");
  }

  #refuse(message: string, channel: string, code: number | null = null): void {
    this.send(JSON.stringify({ event: "bts:error", channel, data: { code, message } }), "control");
  }
}
