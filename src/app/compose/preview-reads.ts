import { fetchSpot } from "../../adapters/feeds/coinbase/spot.ts";
import { Discovery } from "../../adapters/feeds/kalshi/discovery.ts";
import { FeeWatch } from "../../adapters/feeds/kalshi/fee-watch.ts";
import { chargedOf } from "../../adapters/feeds/kalshi/followed.ts";
import { nextLookMs } from "../../adapters/feeds/kalshi/look.ts";
import { BookReader } from "../../adapters/feeds/kalshi/poll-books.ts";
import type { KalshiRest, RestBook } from "../../adapters/kalshi/rest.ts";
import type { Config } from "../../config/schema.ts";
import type { Candle, FeeReport, SpotTick } from "../../core/events.ts";
import { type Market, underlyingOf } from "../../core/market.ts";
import type { Ms } from "../../core/units.ts";
import { clockWarnings } from "./clock-skew.ts";
import { readFees } from "./engine.ts";
import type { Environment } from "./environment.ts";
import {
  CANDLE_HISTORY_S,
  candleHistory,
  discoveryConfig,
  followedSeries,
  neededProducts,
} from "./feeds.ts";

// What `preview` reads of the exchange and of Coinbase, all of it over REST. Prices and books are read at each look; the
// lists of markets, what they charge and the candles when there can be something new in them.

const MINUTE_MS = 60_000;
/** Minutes that are asked for again, because the newest candles appear late. */
const OVERLAP_MIN = 3;

export interface ReadsParts {
  readonly config: Config;
  readonly env: Environment;
  readonly rest: KalshiRest;
}

/** Everything that is known after a look. */
export interface Seen {
  /** Followed and not over, the coming ones too. */
  readonly markets: readonly Market[];
  /** By ticker; of a market whose book could not be read there is none. */
  readonly books: ReadonlyMap<string, RestBook>;
  readonly spots: readonly SpotTick[];
  /** One-minute candles of the last day, oldest first. */
  readonly candles: readonly Candle[];
  readonly fees: readonly FeeReport[];
  readonly warnings: readonly string[];
}

export class PreviewReads {
  readonly #parts: ReadsParts;
  readonly #discovery: Discovery;
  readonly #bookReader: BookReader;
  readonly #feeWatch: FeeWatch;
  readonly #fees = new Map<string, FeeReport>();
  readonly #markets = new Map<string, Market>();
  readonly #candles = new Map<string, Candle>();
  #candlesMs: Ms | null = null;
  #spots: readonly SpotTick[] = [];
  #listsDueMs: Ms = Number.NEGATIVE_INFINITY;
  #feeWarnings: readonly string[] | null = null;
  #candleWarnings: readonly string[] = [];
  #notes: readonly string[] = [];

  constructor(parts: ReadsParts) {
    const { config, env, rest } = parts;
    this.#parts = parts;
    this.#bookReader = new BookReader(rest);
    this.#feeWatch = new FeeWatch(rest, env.clock);
    this.#discovery = new Discovery(rest, discoveryConfig(config, env), (series) => {
      const product = underlyingOf(series)?.product;
      return this.#spots.find((spot) => spot.product === product)?.priceUsd ?? null;
    });
  }

  /** Rejects when something could not be read; what was read before it is kept for the next look. */
  async look(signal: AbortSignal): Promise<Seen> {
    const { clock } = this.#parts.env;
    await this.#readCandles(signal);
    this.#spots = await this.#readSpots(signal);
    if (clock.nowMs() >= this.#listsDueMs) await this.#readLists(signal);
    const markets = this.#alive();
    const open = markets.filter(({ openMs }) => openMs <= clock.nowMs());
    const tickers = open.map(({ ticker }) => ticker);
    const { books, unreadable } = await this.#bookReader.read(tickers, signal);
    return {
      markets,
      books,
      spots: this.#spots,
      candles: [...this.#candles.values()].toSorted((a, b) => a.openMs - b.openMs),
      fees: [...this.#fees.values()],
      warnings: [
        ...clockWarnings(this.#parts.rest.clockOffsetMs()),
        ...(this.#feeWarnings ?? []),
        ...(this.#feeWatch.note === "" ? [] : [this.#feeWatch.note]),
        ...this.#candleWarnings,
        ...this.#spotWarnings(),
        ...this.#notes,
        ...unreadable.map(({ error }) => error.message),
        ...(this.#bookReader.isRefused ? ["the exchange gives no order books without a key"] : []),
      ],
    };
  }

  async #readSpots(signal: AbortSignal): Promise<SpotTick[]> {
    const { config, env } = this.#parts;
    const { http, urls } = env;
    const from = { baseUrl: urls.spot.coinbase.rest, http, nowMs: env.clock.nowMs() };
    const spots = await Promise.all(
      neededProducts(config, env).map((product) => fetchSpot({ ...from, product }, signal)),
    );
    return spots.filter((spot) => spot !== null);
  }

  #spotWarnings(): string[] {
    const { config, env } = this.#parts;
    const known = new Set(this.#spots.map(({ product }) => product));
    return neededProducts(config, env)
      .filter((product) => !known.has(product))
      .map((product) => `no price of ${product}: neither a trade nor a quote yet`);
  }

  /** Each minute those that are new, at first those of a day. */
  async #readCandles(signal: AbortSignal): Promise<void> {
    const { config, env } = this.#parts;
    const nowMs = Math.floor(env.clock.nowMs() / MINUTE_MS) * MINUTE_MS;
    if (this.#candlesMs === nowMs) return;
    const sinceS = (nowMs - (this.#candlesMs ?? 0) + OVERLAP_MIN * MINUTE_MS) / 1000;
    const historyS = Math.min(CANDLE_HISTORY_S, sinceS);
    const { candles, missing } = await candleHistory(config, env, signal, historyS);
    for (const candle of candles) this.#candles.set(`${candle.product} ${candle.openMs}`, candle);
    for (const [key, { openMs }] of this.#candles) {
      if (openMs < nowMs - CANDLE_HISTORY_S * 1000) this.#candles.delete(key);
    }
    const isKnown = (product: string): boolean =>
      [...this.#candles.values()].some((candle) => candle.product === product);
    this.#candleWarnings = missing
      .filter((product) => !isKnown(product))
      .map((product) => `no price history for ${product}: no probability can be given`);
    // What is missing is asked for again with the next minute's.
    if (missing.length === 0 || this.#candlesMs === null) this.#candlesMs = nowMs;
  }

  async #readLists(signal: AbortSignal): Promise<void> {
    const { config, env } = this.#parts;
    const { clock } = env;
    const keep = (report: FeeReport): unknown =>
      this.#fees.set(`${report.scope} ${report.ticker}`, report);
    const isFirst = this.#feeWarnings === null;
    if (isFirst) {
      const followed = { series: followedSeries(config, env), nowMs: clock.nowMs() };
      const { reports, warnings } = await readFees(config, this.#feeWatch, followed, signal);
      for (const report of reports) keep(report);
      this.#feeWarnings = warnings;
    }
    const at = { nowMs: clock.nowMs(), fresh: isFirst };
    const found = await this.#discovery.find(at, signal);
    // A market that was followed stays so to its end, as in a run.
    for (const market of [...found.selected, ...found.seen]) {
      const isOurs = this.#markets.has(market.ticker) || found.selected.includes(market);
      if (isOurs) this.#markets.set(market.ticker, market);
    }
    this.#feeWatch.seen(found.overrides, keep);
    const charged = chargedOf(this.#alive(), discoveryConfig(config, env), clock.nowMs());
    // The lists have just said what their events override.
    const unlisted = [...charged.events].filter((ticker) => !found.overrides.has(ticker));
    const followed = isFirst ? { ...charged, events: unlisted } : charged;
    await this.#feeWatch.look(followed, keep, signal);
    this.#notes = found.notes;
    this.#listsDueMs = nextLookMs({
      nowMs: clock.nowMs(),
      markets: this.#alive(),
      toldMs: Number.NEGATIVE_INFINITY,
      isPartial: found.isPartial,
    });
  }

  #alive(): Market[] {
    const nowMs = this.#parts.env.clock.nowMs();
    for (const [ticker, { closeMs }] of this.#markets) {
      if (closeMs <= nowMs) this.#markets.delete(ticker);
    }
    return [...this.#markets.values()];
  }
}
