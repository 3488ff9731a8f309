import type { Rng } from "../../../core/rng.ts";
import type { OpenSocket, Sink } from "../../../ports.ts";
import { type ConnectionEnd, keepConnected } from "../../platform/connection.ts";
import { assertFirstConnection } from "../../platform/first-connection.ts";
import { hostOf } from "../../platform/network-error.ts";
import { type Turn, takeTurns } from "../../platform/take-turns.ts";
import { BINANCE, BINANCE_INTERVALS } from "./frames.ts";
import { isGeoBlock, isRateLimit, reportGap } from "./gap.ts";
import { type BinanceGround, BinanceSession } from "./session.ts";

export interface BinanceSocketOptions
  extends Pick<BinanceGround, "stats" | "drift" | "clock" | "products" | "order"> {
  /** `wss://data-stream.binance.vision`, without path. */
  readonly url: string;
  readonly openSocket: OpenSocket;
  readonly rng: Rng;
}

/** The server pings every 20 s. */
const SILENCE_MS = 30_000;
/** The shortest ban; the header that says how long it is does not come with a refused upgrade. */
const BAN_MS = 120_000;

const REMEDY =
  "set binance.ws_url to a host that does (in the US wss://stream.binance.us:9443), or leave out --binance";

/** Keeps the streams coming over one connection, or two while one relieves the other. */
export class BinanceSocket {
  readonly #options: BinanceSocketOptions;
  readonly #streams: readonly string[];
  readonly #live = new Set<BinanceSession>();
  /** Open connections, the newest last. */
  readonly #open = new Set<BinanceSession>();
  #blocked: string | null = null;
  #line = "not started";

  constructor(options: BinanceSocketOptions) {
    this.#options = options;
    this.#streams = streamsOf(options.products);
  }

  status(): string {
    return [...this.#open].at(-1)?.status() ?? this.#blocked ?? this.#line;
  }

  /** Resolves when aborted, and when the host refuses this place. */
  async run(sink: Sink, signal: AbortSignal): Promise<void> {
    this.#line = `connecting to ${hostOf(this.#options.url)}`;
    await takeTurns((turn) => this.#connect(sink, turn), signal);
    this.#line = "stopped";
  }

  async #connect(sink: Sink, turn: Turn): Promise<void> {
    const { url, stats } = this.#options;
    const ground = { ...this.#options, sink, live: this.#live };
    let session: BinanceSession | null = null;
    const leave = (): void => {
      if (session === null) return;
      this.#live.delete(session);
      this.#open.delete(session);
      session = null;
    };
    try {
      await keepConnected(
        {
          ...this.#options,
          url: `${url}/stream?streams=${this.#streams.join("/")}`,
          silenceMs: SILENCE_MS,
          headers: () => ({}),
          open: () => {
            stats.connects++;
            session = new BinanceSession({ ...ground, streams: this.#streams }, turn);
            this.#open.add(session);
            return session;
          },
          ended: (end, failures) => {
            leave();
            this.#judge(end, failures, { turn, sink });
          },
          waiting: (delayMs, end) => {
            const next = `next try in ${(delayMs / 1000).toFixed(1)} s`;
            this.#line = `not connected (${end.error}), ${next}`;
          },
          leastDelayMs: ({ status }) => (isRateLimit(status) ? BAN_MS : 0),
        },
        turn.signal,
      );
    } finally {
      leave();
    }
  }

  #judge(
    end: ConnectionEnd,
    failures: number,
    { turn, sink }: { readonly turn: Turn; readonly sink: Sink },
  ): void {
    const { stats, url } = this.#options;
    if (isGeoBlock(end.status)) {
      this.#block(end.status ?? 0, sink);
      turn.end();
      return;
    }
    // The next connection is there or on its way.
    if (turn.isRelieved) turn.end();
    if (!isRateLimit(end.status)) assertFirstConnection(url, stats, failures, end);
  }

  #block(status: number, sink: Sink): void {
    const { stats, url, clock } = this.#options;
    this.#blocked = `${hostOf(url)} does not serve this place (HTTP ${status}): ${REMEDY}`;
    const recvMs = clock.nowMs();
    const seqs = { fromSeq: null, toSeq: null };
    const times = { fromMs: stats.lastFrameMs, toMs: recvMs, recvMs };
    reportGap({ stats, sink }, { source: BINANCE, reason: "geo_blocked", ...seqs, ...times });
  }
}

function streamsOf(products: ReadonlyMap<string, string>): string[] {
  const klines = [...BINANCE_INTERVALS.keys()].map((interval) => `kline_${interval}`);
  return [...products.keys()].flatMap((symbol) =>
    ["bookTicker", "trade", ...klines].map((name) => `${symbol.toLowerCase()}@${name}`),
  );
}
