import type { Rng } from "../../../core/rng.ts";
import type { Clock, Feed, HttpClient, OpenSocket } from "../../../ports.ts";

/** What a spot feed is built from; the addresses carry no path beyond the venue's own. */
interface SpotFeedContext {
  readonly urls: SpotUrls;
  /** As Coinbase writes them: `BTC-USD`. */
  readonly products: readonly string[];
  /** Whole books too, as `depth` events (`--level2`). */
  readonly level2: boolean;
  readonly openSocket: OpenSocket;
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly rng: Rng;
}

export interface SpotUrls {
  readonly ws: string;
  readonly rest: string;
  /** REST of the venue's perpetuals; empty where it has none. */
  readonly futures: string;
}

/** One line of the registry. */
export interface SpotFeedSpec {
  /** Source of its rows, and its option: `kraken` is `--kraken`. */
  readonly name: string;
  create(context: SpotFeedContext): Feed;
}
