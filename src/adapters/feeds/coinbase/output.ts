import type { FeedGap, SpotDepth, SpotTick } from "../../../core/events.ts";
import type { FeedStats, Sink } from "../../../ports.ts";
import { SOURCE } from "./fields.ts";

export type CoinbaseGap = Pick<
  FeedGap,
  "reason" | "tickers" | "fromSeq" | "toSeq" | "fromMs" | "recvMs"
> & { readonly toMs?: FeedGap["toMs"] };

/** Where the parts of the feed hand on what they have, so that each event is counted once. */
export class CoinbaseOutput {
  readonly stats: FeedStats;
  readonly sink: Sink;

  constructor(stats: FeedStats, sink: Sink) {
    this.stats = stats;
    this.sink = sink;
  }

  observation(event: SpotTick | SpotDepth): void {
    this.stats.received++;
    this.stats.emitted++;
    this.sink(event);
  }

  /** Something was lost; without an end of its own the hole lasts until it was noticed. */
  gap(gap: CoinbaseGap): void {
    this.stats.gaps++;
    this.sink({ type: "gap", source: SOURCE, sid: null, toMs: gap.recvMs, ...gap });
  }
}
