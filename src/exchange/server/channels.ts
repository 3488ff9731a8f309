/** What a subscription to a channel names: `markets` must be named, `someMarkets` may be, else it is about all of them. */
type Targets = "none" | "markets" | "someMarkets" | "indices";

export interface ChannelRule {
  readonly targets: Targets;
  /** Frames of the channel carry a sequence number (kalshi.md §3.3). */
  readonly hasSeq: boolean;
  /** Markets may be named by their ids too. */
  readonly takesMarketIds?: boolean;
}

/** The channels of a trader in binaries; communications, multivariate and pyth_value are unknown here (error 8). */
export const CHANNELS: ReadonlyMap<string, ChannelRule> = new Map<string, ChannelRule>([
  ["orderbook_delta", { targets: "markets", hasSeq: true }],
  ["ticker", { targets: "someMarkets", hasSeq: false, takesMarketIds: true }],
  ["trade", { targets: "someMarkets", hasSeq: true }],
  ["market_lifecycle_v2", { targets: "none", hasSeq: true }],
  ["cfbenchmarks_value", { targets: "indices", hasSeq: true }],
  ["cfbenchmarks_value_5hz", { targets: "indices", hasSeq: true }],
  ["fill", { targets: "someMarkets", hasSeq: false }],
  ["user_orders", { targets: "someMarkets", hasSeq: false }],
  ["market_positions", { targets: "someMarkets", hasSeq: false }],
  ["order_group_updates", { targets: "none", hasSeq: true }],
]);
