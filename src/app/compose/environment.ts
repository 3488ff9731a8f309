import type { SpotUrls } from "../../adapters/feeds/spot/feed.ts";
import type { Signer } from "../../adapters/kalshi/auth.ts";
import type { VirtualClock } from "../../adapters/platform/virtual-clock.ts";
import type { Clock, HttpClient, OpenSocket, Simulation } from "../../ports.ts";

/** The world a command runs in: the internet, or the local exchange. Nothing below this line knows which. */
export interface Environment {
  /** Marks the database: rows of two environments never mix. */
  readonly stamp: "sim" | "demo" | "prod";
  /** For people: `demo`, `local exchange (edge, seed 1)`. */
  readonly label: string;
  readonly clock: Clock;
  readonly real: Clock;
  readonly http: HttpClient;
  readonly openSocket: OpenSocket;
  readonly urls: EnvironmentUrls;
  readonly signer: Signer | null;
  /** Null on the internet. */
  readonly sim: SimulatedWorld | null;
  close(): Promise<void>;
}

interface EnvironmentUrls {
  readonly kalshiRest: string;
  readonly kalshiWs: string;
  /** Of each spot venue. */
  readonly spot: Readonly<Record<SpotVenue, SpotUrls>>;
}

export const SPOT_VENUES = ["coinbase", "kraken", "binance", "bitstamp", "gemini"] as const;
export type SpotVenue = (typeof SPOT_VENUES)[number];

/** Feeds that are asked every minute or hour; the local exchange has none. */
export const SLOW_FEED_NAMES = ["news", "weather"] as const;

export interface SimulatedWorld {
  readonly simulation: Simulation & { releaseHold(): void };
  readonly clock: VirtualClock;
  readonly speed: number | "max";
  /** Series and spot products that exist there. */
  readonly series: readonly string[];
  readonly products: readonly string[];
  /** A recording that breaks off; null for a whole one and for scenarios. */
  readonly truncated: string | null;
  /** Lines of a recording that could not be read. */
  readonly badLines: number;
  readonly isReplay: boolean;
}
