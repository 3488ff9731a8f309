import type { Rng } from "../../../core/rng.ts";
import type { Ms } from "../../../core/units.ts";
import type { FeedStats, Sink } from "../../../ports.ts";
import { isRecord, textAt } from "../../kalshi/json.ts";
import type { DriftWatch } from "../../platform/drift.ts";
import { countRejected } from "../../platform/feed-stats.ts";
import type { Shape } from "../../platform/shape.ts";
import { BINANCE, timeAt } from "./frames.ts";
import { type Ask, BinancePoll } from "./poll.ts";
import { type BinanceFailure, type BinanceHost, type BinanceSuccess, getBinance } from "./rest.ts";

// Funding of the USD-M perpetuals over REST (spot-feeds.md §3.4): the estimate of the running interval once a minute, and
// what was paid at the start and after the end of each interval.

export interface FundingOptions extends BinanceHost {
  /** Our products by Binance's symbols. */
  readonly products: ReadonlyMap<string, string>;
  readonly stats: FeedStats;
  readonly drift: DriftWatch;
  readonly rng: Rng;
}

/** What the answers must look like, as far as they are used. */
export const FUNDING_SHAPES: Readonly<Record<string, Shape>> = {
  premiumIndex: { symbol: "text", lastFundingRate: "decimal", nextFundingTime: "number" },
  fundingRate: [{ symbol: "text", fundingRate: "decimal", fundingTime: "number" }],
};

const ROOT = "/fapi/v1/";
/** A week of eight hours each. */
const HISTORY = 21;

/** What is known of one perpetual. */
interface Perpetual {
  readonly symbol: string;
  readonly product: string;
  /** End of the running interval, and of the newest one whose payment is known; 0 before. */
  endMs: Ms;
  paidMs: Ms;
  /** End of an interval whose payment is still to be asked for; null when there is none. */
  dueMs: Ms | null;
}

export class BinanceFunding {
  readonly #options: FundingOptions;
  readonly #poll: BinancePoll;
  #sink: Sink = () => {};

  constructor(options: FundingOptions) {
    this.#options = options;
    const asks = Array.from(options.products, ([symbol, product]): [string, Ask] => {
      const perpetual: Perpetual = { symbol, product, endMs: 0, paidMs: 0, dueMs: 0 };
      return [symbol, (signal) => this.#ask(perpetual, signal)];
    });
    const remedy = "no other host has it";
    this.#poll = new BinancePoll({ ...options, what: "funding", remedy, asks: new Map(asks) });
  }

  /** Empty while all is well. */
  status(): string {
    return this.#poll.status();
  }

  /** Resolves when the host refuses this place; no other one has these data. */
  async run(sink: Sink, signal: AbortSignal): Promise<void> {
    this.#sink = sink;
    await this.#poll.run(sink, signal);
  }

  async #ask(perpetual: Perpetual, signal: AbortSignal): Promise<BinanceFailure | null> {
    const { symbol } = perpetual;
    const premium = await getBinance(this.#options, `${ROOT}premiumIndex?symbol=${symbol}`, signal);
    if (premium.kind !== "ok") return premium;
    this.#takeEstimate(perpetual, premium);
    if (perpetual.dueMs === null) return null;
    const since = perpetual.paidMs === 0 ? "" : `&startTime=${perpetual.paidMs + SECOND_MS}`;
    const path = `${ROOT}fundingRate?symbol=${symbol}${since}&limit=${HISTORY}`;
    const paid = await getBinance(this.#options, path, signal);
    if (paid.kind !== "ok") return paid;
    this.#takePaid(perpetual, paid);
    return null;
  }

  #takeEstimate(perpetual: Perpetual, { value, text }: BinanceSuccess): void {
    const rate = readRate(value, perpetual.symbol, ESTIMATE);
    if (rate === undefined) {
      this.#refuse("premiumIndex", text, 1);
      return;
    }
    this.#options.drift.accepted("premiumIndex");
    const isOver = perpetual.endMs > 0 && rate.atMs > perpetual.endMs;
    if (isOver) perpetual.dueMs = perpetual.endMs;
    perpetual.endMs = rate.atMs;
    this.#emit(perpetual, rate, true);
  }

  #takePaid(perpetual: Perpetual, { value, text }: BinanceSuccess): void {
    const { drift, stats } = this.#options;
    const rows: readonly unknown[] = Array.isArray(value) ? value : [null];
    const rates = rows.map((row) => readRate(row, perpetual.symbol, PAID));
    const readable = rates.filter((rate) => rate !== undefined);
    // One answer is one message, however many of its rows cannot be read.
    if (readable.length === rates.length) drift.accepted("fundingRate");
    else this.#refuse("fundingRate", text, rates.length - readable.length);
    for (const rate of readable) {
      if (rate.atMs > perpetual.paidMs) {
        perpetual.paidMs = rate.atMs;
        this.#emit(perpetual, rate, false);
      } else countRejected(stats, "duplicate");
    }
    // A payment may be published some time after its interval; until then it is asked for at every poll.
    if (perpetual.dueMs !== null && perpetual.paidMs >= perpetual.dueMs) perpetual.dueMs = null;
  }

  #emit({ product }: Perpetual, { rate, atMs }: Rate, isEstimate: boolean): void {
    const { clock, stats } = this.#options;
    const recvMs = clock.nowMs();
    stats.received++;
    stats.emitted++;
    this.#sink({ type: "funding", source: BINANCE, product, rate, atMs, isEstimate, recvMs });
  }

  #refuse(type: string, text: string, count: number): void {
    const { clock, drift, stats } = this.#options;
    for (let at = 0; at < count; at++) countRejected(stats, "bad_funding");
    const event = drift.refused(type, text, clock.nowMs());
    if (event !== null) this.#sink(event);
  }
}

interface Rate {
  readonly rate: number;
  readonly atMs: Ms;
}

const ESTIMATE = { rate: "lastFundingRate", time: "nextFundingTime" };
const PAID = { rate: "fundingRate", time: "fundingTime" };
const RATE = /^-?\d+(?:\.\d+)?$/;
const SECOND_MS = 1000;

function readRate(from: unknown, symbol: string, names: typeof ESTIMATE): Rate | undefined {
  if (!isRecord(from) || from["symbol"] !== symbol) return undefined;
  const text = textAt(from, names.rate);
  const timeMs = timeAt(from, names.time);
  // A contract without funding has an empty rate and the time 0.
  if (timeMs === undefined || text === undefined || !RATE.test(text)) return undefined;
  // Paid some milliseconds after the hour; without them an interval's estimate and payment have one time.
  return { rate: Number(text), atMs: Math.floor(timeMs / SECOND_MS) * SECOND_MS };
}
