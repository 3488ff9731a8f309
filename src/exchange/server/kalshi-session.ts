import type { World } from "../world.ts";
import {
  CHANNELS,
  type ChannelRule,
  isWanted,
  type RecordedSeq,
  type Subscription,
} from "./channels.ts";
import { plainFrame, snapshotBody, tickerBody } from "./kalshi-frames.ts";
import type { Peer } from "./types.ts";

/** Bytes a client may leave unread before its subscriptions end with error 25. */
const BUFFERED_MAX = 8 * 1024 * 1024;

const ERRORS = {
  1: "Unable to process message",
  2: "Params required",
  3: "Channels required",
  4: "Subscription IDs required",
  5: "Unknown command",
  7: "Unknown subscription ID",
  8: "Unknown channel name",
  11: "Invalid parameter",
  12: "Exactly one subscription ID is required",
  13: "Unsupported action",
  14: "Market ticker required",
  15: "Action required",
  24: "Index IDs required",
  25: "Subscription buffer overflow",
} as const;

export type ErrorCode = keyof typeof ERRORS;

export interface SubscribeOptions {
  readonly targets: readonly string[];
  readonly usesYesPrice: boolean;
}

/** One Kalshi connection: its subscriptions, their numbers, and what is sent on them. */
export class KalshiSession {
  readonly peer: Peer;
  nextPingMs: number;
  readonly #world: World;
  readonly #recorded: RecordedSeq;
  readonly #byChannel = new Map<string, Subscription>();
  #sidCount = 0;

  constructor(world: World, recorded: RecordedSeq, peer: Peer) {
    this.#world = world;
    this.#recorded = recorded;
    this.peer = peer;
    this.nextPingMs = Number.POSITIVE_INFINITY;
  }

  subscriptions(): readonly Subscription[] {
    return [...this.#byChannel.values()];
  }

  ofChannel(channel: string): Subscription | undefined {
    return this.#byChannel.get(channel);
  }

  bySid(sid: number): Subscription | undefined {
    return this.subscriptions().find((subscription) => subscription.sid === sid);
  }

  open(channel: string, rule: ChannelRule, options: SubscribeOptions): Subscription {
    const { targets, usesYesPrice } = options;
    const isLate =
      this.hasSnapshots(channel) && targets.some((each) => this.#isLate(channel, each));
    const subscription: Subscription = {
      channel,
      rule,
      sid: this.#newSid(channel),
      usesYesPrice,
      targets: new Set(targets),
      wantsAll: targets.length === 0,
      // A late listener's first snapshot stands for the newest recorded frame and takes its number.
      offset: isLate ? -1 : 0,
    };
    this.#byChannel.set(channel, subscription);
    return subscription;
  }

  end(subscription: Subscription): void {
    this.#byChannel.delete(subscription.channel);
  }

  nextSeq(subscription: Subscription): number {
    return this.#recorded.last(subscription.channel) + ++subscription.offset;
  }

  reply(text: string): void {
    this.peer.send(`${text}\n`);
  }

  error(code: ErrorCode, idField: string, sid?: number): void {
    const sidField = sid === undefined ? "" : `,"sid":${sid}`;
    this.reply(
      `{"type":"error"${idField}${sidField},"msg":{"code":${code},"msg":"${ERRORS[code]}"}}`,
    );
  }

  /** Sends a data frame, or ends the subscription when the client has stopped reading. */
  deliver(subscription: Subscription, text: string): void {
    if (this.peer.buffered() > BUFFERED_MAX) {
      this.end(subscription);
      this.error(25, "", subscription.sid);
      return;
    }
    this.peer.send(text);
  }

  /** The order book of each market that has one to give; `idField` answers a `get_snapshot`. */
  sendSnapshots(subscription: Subscription, tickers: readonly string[], idField = ""): void {
    for (const ticker of tickers) {
      const market = this.#world.market(ticker);
      const book = this.#world.book(ticker);
      if (market === undefined || book === undefined) continue;
      const body = snapshotBody(market, book, subscription.usesYesPrice);
      this.deliver(
        subscription,
        `{"type":"orderbook_snapshot"${idField},"sid":${subscription.sid},"seq":${this.nextSeq(subscription)},"msg":${body}}\n`,
      );
    }
  }

  /** What a new listener must be told at once. A recording that has yet to begin brings its own first snapshot. */
  sendFirstSnapshots(subscription: Subscription, tickers: readonly string[]): void {
    const { channel } = subscription;
    if (!this.hasSnapshots(channel)) return;
    const isRecorded = this.#world.recordedSid(channel) !== undefined;
    this.sendSnapshots(
      subscription,
      isRecorded ? tickers.filter((ticker) => this.#isLate(channel, ticker)) : tickers,
    );
  }

  sendTickers(subscription: Subscription, tickers: readonly string[]): void {
    const atMs = this.#world.nowMs();
    for (const ticker of tickers) {
      const market = this.#world.market(ticker);
      if (market === undefined) continue;
      const book = this.#world.book(ticker);
      const lastTrade = this.#world.trades(ticker)[0];
      const body = tickerBody({ market, book, lastTrade, atMs });
      this.deliver(subscription, plainFrame("ticker", subscription.sid, body));
    }
  }

  hasSnapshots(channel: string): boolean {
    return channel === "orderbook_delta";
  }

  isHearing(channel: string, ticker: string): boolean {
    const subscription = this.#byChannel.get(channel);
    return subscription !== undefined && isWanted(subscription, ticker);
  }

  #isLate(channel: string, ticker: string): boolean {
    return this.#recorded.hasBegun(channel, ticker);
  }

  // Recorded frames carry the recorder's ids, so those are taken over and the other channels number around them.
  #newSid(channel: string): number {
    const recorded = this.#world.recordedSid(channel);
    if (recorded !== undefined) return recorded;
    const reserved = new Set([...CHANNELS.keys()].map((each) => this.#world.recordedSid(each)));
    do this.#sidCount++;
    while (reserved.has(this.#sidCount));
    return this.#sidCount;
  }
}
