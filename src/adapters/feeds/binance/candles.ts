import type { Candle } from "../../../core/events.ts";
import type { Rng } from "../../../core/rng.ts";
import type { FeedStats, Sink } from "../../../ports.ts";
import type { JsonObject } from "../../kalshi/json.ts";
import type { DriftWatch } from "../../platform/drift.ts";
import { countRejected } from "../../platform/feed-stats.ts";
import type { Shape } from "../../platform/shape.ts";
import { BINANCE_INTERVALS, readCandle } from "./frames.ts";
import type { BinanceOrder, MissingCandles } from "./order.ts";
import { type Ask, BinancePoll } from "./poll.ts";
import { type BinanceFailure, type BinanceHost, type BinanceSuccess, getBinance } from "./rest.ts";

// Candles that the socket did not bring, over REST (spot-feeds.md §3.3): those from before the start, and those that ended
// while there was no connection. While none is missing nothing is asked.

export interface CandleOptions extends BinanceHost {
  /** Our products by Binance's symbols. */
  readonly products: ReadonlyMap<string, string>;
  readonly stats: FeedStats;
  readonly drift: DriftWatch;
  readonly order: BinanceOrder;
  readonly rng: Rng;
}

/** Rows are lists, whose places are checked one by one where they are read. */
export const CANDLE_SHAPES: Readonly<Record<string, Shape>> = { klines: [["any"]] };

/** Rows of one answer at most. */
const PAGE = 1000;

interface Line {
  readonly symbol: string;
  readonly product: string;
  readonly interval: string;
  readonly intervalS: number;
}

export class BinanceCandles {
  readonly #options: CandleOptions;
  readonly #poll: BinancePoll;
  #sink: Sink = () => {};

  constructor(options: CandleOptions) {
    this.#options = options;
    const asks = linesOf(options.products).map((line): [string, Ask] => {
      return [`${line.symbol} ${line.interval}`, (signal) => this.#ask(line, signal)];
    });
    const remedy = "set binance.rest_url to a host that does (in the US https://api.binance.us)";
    this.#poll = new BinancePoll({ ...options, what: "candles", remedy, asks: new Map(asks) });
  }

  /** Empty while all is well. */
  status(): string {
    return this.#poll.status();
  }

  /** Resolves when the host refuses this place. */
  async run(sink: Sink, signal: AbortSignal): Promise<void> {
    this.#sink = sink;
    await this.#poll.run(sink, signal);
  }

  async #ask(line: Line, signal: AbortSignal): Promise<BinanceFailure | null> {
    const { clock, order } = this.#options;
    const missing = order.missingCandles(line.product, line.intervalS, clock.nowMs());
    if (missing === null) return null;
    const { fromMs, toMs } = missing;
    const query = `symbol=${line.symbol}&interval=${line.interval}&startTime=${fromMs}&endTime=${toMs}&limit=${PAGE}`;
    const answer = await getBinance(this.#options, `/api/v3/klines?${query}`, signal);
    if (answer.kind !== "ok") return answer;
    this.#take(line, missing, answer);
    return null;
  }

  #take(line: Line, { fromMs, toMs }: MissingCandles, { value, text }: BinanceSuccess): void {
    const { clock, drift, order, stats } = this.#options;
    const recvMs = clock.nowMs();
    if (!Array.isArray(value)) {
      countRejected(stats, "bad_candle");
      const event = drift.refused("klines", text, recvMs);
      if (event !== null) this.#sink(event);
      return;
    }
    drift.accepted("klines");
    const rows: readonly unknown[] = value;
    let lastMs = fromMs;
    for (const row of rows) {
      const { product, intervalS } = line;
      const candle = readCandle(fieldsOf(row), { product, intervalS, recvMs });
      if (typeof candle === "string") countRejected(stats, candle);
      // The candle that still runs is the last of every answer without an end.
      else if (candle.openMs < fromMs || candle.openMs > toMs)
        countRejected(stats, "not_asked_for");
      else {
        lastMs = candle.openMs;
        this.#emit(candle);
      }
    }
    // What is not in a whole answer does not exist; asking again would bring nothing else.
    order.settleCandles(line.product, line.intervalS, rows.length < PAGE ? toMs : lastMs);
  }

  #emit(candle: Candle): void {
    const { order, stats } = this.#options;
    if (!order.isNewCandle(candle)) {
      countRejected(stats, "duplicate");
      return;
    }
    stats.received++;
    stats.emitted++;
    this.#sink(candle);
  }
}

/** A row under the names that the stream gives its places. */
function fieldsOf(row: unknown): JsonObject {
  if (!Array.isArray(row)) return {};
  const [t, o, h, l, c, v, T]: unknown[] = row;
  return { t, o, h, l, c, v, T };
}

function linesOf(products: ReadonlyMap<string, string>): Line[] {
  return Array.from(products).flatMap(([symbol, product]) =>
    Array.from(BINANCE_INTERVALS, ([interval, intervalS]) => {
      return { symbol, product, interval, intervalS };
    }),
  );
}
