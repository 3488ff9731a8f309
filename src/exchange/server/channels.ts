/** What a subscription to a channel names. */
type Targets = "none" | "markets" | "someMarkets" | "indices";

export interface ChannelRule {
  /** `markets` must be named, `someMarkets` may be. */
  readonly targets: Targets;
  /** Frames of the channel carry a sequence number (kalshi.md §3.3). */
  readonly hasSeq: boolean;
}

export const CHANNELS: ReadonlyMap<string, ChannelRule> = new Map<string, ChannelRule>([
  ["orderbook_delta", { targets: "markets", hasSeq: true }],
  ["ticker", { targets: "someMarkets", hasSeq: false }],
  ["trade", { targets: "someMarkets", hasSeq: true }],
  ["market_lifecycle_v2", { targets: "none", hasSeq: true }],
  ["cfbenchmarks_value", { targets: "indices", hasSeq: true }],
  ["fill", { targets: "someMarkets", hasSeq: false }],
  ["user_orders", { targets: "someMarkets", hasSeq: false }],
  ["market_positions", { targets: "someMarkets", hasSeq: false }],
  ["order_group_updates", { targets: "none", hasSeq: true }],
]);

/** One subscription of one connection: every market of a channel shares its id and its sequence. */
export interface Subscription {
  readonly channel: string;
  readonly rule: ChannelRule;
  readonly sid: number;
  readonly usesYesPrice: boolean;
  /** Market tickers or index ids. */
  readonly targets: Set<string>;
  /** Subscribed without naming a market: everything is delivered. */
  wantsAll: boolean;
  /** Sequence numbers this connection is ahead of the recording, or of zero where nothing is recorded. */
  offset: number;
}

/** True when the subscription wants frames of this market or index. */
export function isWanted(subscription: Subscription, target: string): boolean {
  return subscription.wantsAll || subscription.targets.has(target);
}

/** How far a recording's present connection has been served, by channel; stays at zero in a scenario. */
export class RecordedSeq {
  readonly #last = new Map<string, number>();
  readonly #begun = new Set<string>();

  note(channel: string, ticker: string, seq: number | null): void {
    this.#begun.add(`${channel} ${ticker}`);
    if (seq !== null) this.#last.set(channel, seq);
  }

  /** Newest recorded sequence number of a channel; 0 before its first frame. */
  last(channel: string): number {
    return this.#last.get(channel) ?? 0;
  }

  /** True once the recording's connection has brought a frame of this market. */
  hasBegun(channel: string, ticker: string): boolean {
    return this.#begun.has(`${channel} ${ticker}`);
  }

  reset(): void {
    this.#last.clear();
    this.#begun.clear();
  }
}
