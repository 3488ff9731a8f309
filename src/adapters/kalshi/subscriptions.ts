import { KbtError } from "../../core/errors.ts";
import type { Ms } from "../../core/units.ts";
import type { Clock } from "../../ports.ts";
import type { ErrorFrame, PlainFrame, SubscribedFrame } from "./wire.ts";

/** What the stream wants to hear; read anew at every `sync`. */
export interface Wanted {
  readonly markets: ReadonlySet<string>;
  readonly indices: ReadonlySet<string>;
}

export interface SubscriptionLinks {
  readonly clock: Clock;
  readonly wanted: Wanted;
  send(text: string): void;
  /** Something people should see in the status line. */
  note(text: string): void;
  /** A channel that was refused speaks again, or its connection is over: nothing of it came since then. */
  unheard(channel: string, sinceMs: Ms): void;
}

type ChannelName =
  | "orderbook_delta"
  | "trade"
  | "ticker"
  | "market_lifecycle_v2"
  | "cfbenchmarks_value";

interface Channel {
  readonly name: ChannelName;
  /** Parameter that lists what is subscribed; null for a channel that takes no list. */
  readonly list: "market_tickers" | "index_ids" | null;
  /** Without this channel the session is worth nothing. */
  readonly essential: boolean;
  readonly extra: Readonly<Record<string, unknown>>;
  sid: number | null;
  /** What the exchange has been asked for. */
  readonly sent: Set<string>;
  /** When something of it was refused, on the monotonic clock; null while nothing is. */
  refusedMs: Ms | null;
  /** Since when it says nothing because it was refused; null while it is acknowledged. */
  mutedMs: Ms | null;
}

interface Pending {
  readonly cmd: "subscribe" | "add" | "delete" | "unsubscribe" | "snapshot";
  readonly channel: Channel;
  readonly sentMs: Ms;
  readonly strict: boolean;
}

interface Awaited {
  sinceMs: Ms;
  readonly strict: boolean;
  probed: boolean;
}

const ACK_MS = 5000;
/** Most refusals pass: too many commands, an internal error, an answer that was lost. */
const ASK_AGAIN_MS = 30_000;
const OVERFLOW = 25;
const CHANNEL_DIED = 10;
const AUTHENTICATION = 9;

/**
 * Keeps what one connection has subscribed equal to what is wanted. One command per channel, so one answer per command:
 * `subscribed`, or `ok` where the exchange merges into the sid it already has (kalshi.md §3.3).
 */
export class Subscriptions {
  readonly #links: SubscriptionLinks;
  readonly #books = channel("orderbook_delta", "market_tickers", true, { use_yes_price: false });
  readonly #channels: readonly Channel[] = [
    channel("market_lifecycle_v2", null, false),
    channel("cfbenchmarks_value", "index_ids", false),
    this.#books,
    channel("trade", "market_tickers", false),
    channel("ticker", "market_tickers", false),
  ];
  readonly #pending = new Map<number, Pending>();
  readonly #awaited = new Map<string, Awaited>();
  #nextId = 1;
  #failure: string | null = null;
  #lifecycleAsked = false;

  constructor(links: SubscriptionLinks) {
    this.#links = links;
  }

  /** Markets whose book was asked for. */
  get tickers(): ReadonlySet<string> {
    return this.#books.sent;
  }

  get bookSid(): number | null {
    return this.#books.sid;
  }

  /** True when frames of this channel about this market or index are asked for. */
  has(name: ChannelName, key: string): boolean {
    return this.#channels.some((one) => one.name === name && one.sent.has(key));
  }

  isLifecycleSid(sid: number): boolean {
    return this.#channels.some((one) => one.name === "market_lifecycle_v2" && one.sid === sid);
  }

  /** Asks for what is wanted and not yet asked for, and gives up the rest. */
  sync(): void {
    for (const one of this.#channels) {
      if (one.refusedMs !== null) continue;
      if (one.list === null) this.#subscribeOnce(one);
      else this.#syncList(one, one.list);
    }
  }

  #subscribeOnce(one: Channel): void {
    if (this.#lifecycleAsked) return;
    this.#lifecycleAsked = true;
    this.#command("subscribe", one, { channels: [one.name] });
  }

  #syncList(one: Channel, list: "market_tickers" | "index_ids"): void {
    const { wanted } = this.#links;
    const target = list === "index_ids" ? wanted.indices : wanted.markets;
    const added = [...target].filter((key) => !one.sent.has(key));
    const dropped = [...one.sent].filter((key) => !target.has(key));
    if (added.length > 0) this.#add(one, list, added);
    // Indices stay for the connection; and nothing can be given up before its sid is known.
    if (dropped.length === 0 || one.sid === null || list === "index_ids") return;
    for (const key of dropped) {
      one.sent.delete(key);
      if (one === this.#books) this.#awaited.delete(key);
    }
    // An emptied ticker subscription could mean "all markets", so the last one ends the subscription instead.
    if (one.sent.size === 0) {
      const { sid } = one;
      one.sid = null;
      this.#command("unsubscribe", one, { sids: [sid] });
    } else {
      this.#update("delete", one, dropped);
    }
  }

  #add(one: Channel, list: "market_tickers" | "index_ids", added: readonly string[]): void {
    const sinceMs = this.#links.clock.monoMs();
    // Noted before it is sent: an exchange in memory may answer within `send`.
    for (const key of added) {
      one.sent.add(key);
      if (one === this.#books) this.#awaited.set(key, { sinceMs, strict: false, probed: false });
    }
    if (one.sid === null || list === "index_ids") {
      this.#command("subscribe", one, { channels: [one.name], [list]: added, ...one.extra });
    } else {
      this.#update("add", one, added);
    }
  }

  #update(cmd: "add" | "delete", one: Channel, tickers: readonly string[]): void {
    this.#command(cmd, one, {
      sid: one.sid,
      action: cmd === "add" ? "add_markets" : "delete_markets",
      market_tickers: tickers,
    });
  }

  /** Asks for whole books again. With `strict`, no answer within 5 s ends the connection. */
  requestSnapshots(tickers: readonly string[], strict: boolean): void {
    if (tickers.length === 0) return;
    if (this.#books.sid === null) {
      // Not acknowledged yet, so there is nothing to address the request to: start over instead.
      if (strict) this.#failure ??= "seq";
      return;
    }
    const sinceMs = this.#links.clock.monoMs();
    for (const ticker of tickers) this.#awaited.set(ticker, { sinceMs, strict, probed: true });
    const params = { sid: this.#books.sid, action: "get_snapshot", market_tickers: tickers };
    this.#command("snapshot", this.#books, params, strict);
  }

  snapshotArrived(ticker: string, id: number | null): void {
    this.#awaited.delete(ticker);
    if (id !== null && this.#pending.get(id)?.cmd === "snapshot") this.#pending.delete(id);
  }

  acknowledged(frame: SubscribedFrame | PlainFrame): void {
    const pending = frame.id === null ? undefined : this.#pending.get(frame.id);
    if (frame.id !== null) this.#pending.delete(frame.id);
    if (frame.kind === "subscribed") {
      const one = this.#channels.find(({ name }) => name === frame.channel);
      if (one !== undefined) {
        one.sid = frame.channelSid;
        this.#speaks(one);
      }
    } else if (frame.kind === "unsubscribed") {
      if (pending === undefined) this.#lost(frame.sid);
    } else if (pending?.cmd === "subscribe" && frame.sid !== null) {
      pending.channel.sid = frame.sid;
      this.#speaks(pending.channel);
    } else if (pending?.cmd === "add") this.#speaks(pending.channel);
    this.sync();
  }

  /** A subscription that the exchange ended by itself is worth a new connection. */
  #lost(sid: number | null): void {
    if (this.#channels.some((one) => one.sid !== null && one.sid === sid)) {
      this.#failure ??= "disconnect";
    }
  }

  refused(frame: ErrorFrame): void {
    if (frame.code === AUTHENTICATION) throw unauthenticated(frame.message);
    const pending = frame.id === null ? undefined : this.#pending.get(frame.id);
    if (frame.id !== null) this.#pending.delete(frame.id);
    if (frame.code === OVERFLOW) this.#failure ??= "overflow";
    else if (frame.code === CHANNEL_DIED) this.#failure ??= "disconnect";
    if (pending === undefined) {
      this.#links.note(`the exchange said error ${frame.code}: ${frame.message}`);
      return;
    }
    this.#giveUp(pending, `refused (error ${frame.code}: ${frame.message})`);
  }

  #giveUp(pending: Pending, why: string): void {
    const { channel: one, cmd } = pending;
    if (cmd === "delete" || cmd === "unsubscribe" || (cmd === "snapshot" && !pending.strict))
      return;
    this.#links.note(`${one.name} ${why}`);
    if (one.essential) this.#failure ??= cmd === "snapshot" ? "seq" : "stall";
    else {
      one.refusedMs = this.#links.clock.monoMs();
      one.mutedMs ??= this.#links.clock.nowMs();
    }
  }

  #speaks(one: Channel): void {
    const { mutedMs } = one;
    one.mutedMs = null;
    // Refused in the moment in which the connection is given up: the hole that follows says it all.
    if (mutedMs === null || mutedMs === this.#links.clock.nowMs()) return;
    this.#links.unheard(one.name, mutedMs);
  }

  /** The connection is over. */
  ended(): void {
    for (const one of this.#channels) this.#speaks(one);
  }

  /** Asks anew for all of a channel of which something was refused a while ago. */
  #askAgain(nowMs: Ms): void {
    const due = this.#channels.filter(
      ({ refusedMs }) => refusedMs !== null && nowMs - refusedMs >= ASK_AGAIN_MS,
    );
    for (const one of due) {
      one.refusedMs = null;
      one.sent.clear();
      if (one.list === null) this.#lifecycleAsked = false;
    }
    if (due.length > 0) this.sync();
  }

  /** Deadlines; a reason word when the connection must be given up. */
  check(): string | null {
    const nowMs = this.#links.clock.monoMs();
    this.#askAgain(nowMs);
    for (const [id, pending] of this.#pending) {
      if (nowMs - pending.sentMs < ACK_MS) continue;
      this.#pending.delete(id);
      this.#giveUp(pending, `not acknowledged within ${ACK_MS / 1000} s`);
    }
    const late: string[] = [];
    for (const [ticker, awaited] of this.#awaited) {
      if (nowMs - awaited.sinceMs < ACK_MS) continue;
      if (awaited.strict) this.#failure ??= "stall";
      if (!awaited.probed) late.push(ticker);
      awaited.probed = true;
    }
    // A market that has not opened may have no book to send: it is asked once more, and not insisted on.
    this.requestSnapshots(late, false);
    return this.#failure;
  }

  fail(reason: string): void {
    this.#failure ??= reason;
  }

  #command(
    cmd: Pending["cmd"],
    one: Channel,
    params: Readonly<Record<string, unknown>>,
    strict = false,
  ): void {
    const id = this.#nextId++;
    const word = cmd === "subscribe" || cmd === "unsubscribe" ? cmd : "update_subscription";
    this.#pending.set(id, { cmd, channel: one, sentMs: this.#links.clock.monoMs(), strict });
    this.#links.send(JSON.stringify({ id, cmd: word, params }));
  }
}

function channel(
  name: ChannelName,
  list: Channel["list"],
  essential: boolean,
  extra: Channel["extra"] = {},
): Channel {
  return {
    name,
    list,
    essential,
    extra,
    sid: null,
    sent: new Set(),
    refusedMs: null,
    mutedMs: null,
  };
}

function unauthenticated(message: string): KbtError {
  return new KbtError({
    kind: "auth",
    code: "SOCKET_UNAUTHENTICATED",
    message: `the exchange refuses this connection: ${message || "authentication required"}`,
    hint: "check KALSHI_API_KEY_ID and the private key with kbt doctor",
  });
}
