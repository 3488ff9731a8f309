import type { Market } from "../../../core/market.ts";
import type { Unreadable } from "../../kalshi/rest-body.ts";
import type { StreamHandlers } from "../../kalshi/session.ts";
import type { KalshiStream } from "../../kalshi/stream.ts";

export interface SourceHandlers extends StreamHandlers {
  /** A market as REST shows it, read for the sake of its quotes. */
  market(market: Market): void;
  unreadable(list: readonly Unreadable[]): void;
}

/** Where quotes, books and trades come from: the exchange's socket, or its REST endpoints asked again and again. */
export interface KalshiSource extends Omit<KalshiStream, "run"> {
  /** Its books are those of REST, so there is nothing to hold them against. */
  readonly isRest?: true;
  run(handlers: SourceHandlers, signal: AbortSignal): Promise<void>;
}
