import { KbtError } from "../../../core/errors.ts";
import type { Clock, HttpClient } from "../../../ports.ts";
import type { CoinbaseOutput } from "./output.ts";
import { fetchTrades } from "./rest.ts";
import type { TradeHole, TradeLog } from "./trades.ts";

/** REST is asked a moment later, when the trade after the hole has come and Coinbase's own cache has moved on. */
const EVERY_MS = 1000;
const TRIES_MAX = 3;
const LIMIT_MIN = 100;
const LIMIT_MAX = 1000;
/** Trades that may happen between the newest one known and the answer. */
const SLACK = 50;

export interface BackfillLinks {
  readonly baseUrl: string;
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly log: TradeLog;
  readonly output: CoinbaseOutput;
}

/** Gets the trades over REST that the socket lost (spot-feeds.md §1.3), and says which ones nobody has any more. */
export class TradeBackfill {
  readonly #links: BackfillLinks;
  /** Products of which something may be missing, with the attempts that are left. */
  readonly #wanted = new Map<string, number>();
  #trouble = "";

  constructor(links: BackfillLinks) {
    this.#links = links;
  }

  /** For people; empty when all is well. */
  status(): string {
    return this.#trouble;
  }

  want(product: string): void {
    this.#wanted.set(product, TRIES_MAX);
  }

  /** Frames of any product may have been lost. */
  wantAll(): void {
    for (const product of this.#links.log.products) this.want(product);
  }

  /** Looks for missing trades until the signal aborts; what is missing then is lost. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#links;
    try {
      while (!signal.aborted) {
        await clock.sleep(EVERY_MS, signal);
        // What is wanted meanwhile has its turn after the next wait.
        const due = [...this.#wanted.keys()];
        for (const product of due) await this.#look(product, signal);
      }
    } finally {
      for (const product of log.products) this.#lost(log.failed(product, 0));
    }
  }

  async #look(product: string, signal: AbortSignal): Promise<void> {
    const { log } = this.#links;
    const tries = (this.#wanted.get(product) ?? 1) - 1;
    this.#wanted.set(product, tries);
    const isAnswered = await this.#fetch(product, signal);
    this.#lost(log.failed(product, TRIES_MAX));
    const isMissing = log.holes(product).length > 0;
    if (!isMissing && (isAnswered || tries <= 0)) this.#wanted.delete(product);
  }

  /** Hands on what is new in one answer; false when there was none. */
  async #fetch(product: string, signal: AbortSignal): Promise<boolean> {
    const { baseUrl, clock, http, log, output } = this.#links;
    const limit = Math.min(LIMIT_MAX, Math.max(LIMIT_MIN, log.reach(product) + SLACK));
    try {
      const trades = await fetchTrades({ baseUrl, http, clock, product, limit }, signal);
      for (const trade of trades) {
        if (log.take(trade, clock.nowMs())) output.observation(trade);
      }
      this.#trouble = "";
      return true;
    } catch (error) {
      if (signal.aborted || !(error instanceof KbtError) || error.kind === "bug") throw error;
      this.#trouble = `no backfill: ${error.message}`;
      return false;
    }
  }

  #lost(holes: readonly TradeHole[]): void {
    for (const { fromId, fromMs, toId, toMs } of holes) {
      this.#links.output.gap({
        reason: "trade_id",
        // A gap's tickers are books, and no book is the worse for a trade that nobody saw.
        tickers: [],
        fromSeq: fromId,
        toSeq: toId,
        fromMs,
        toMs,
        recvMs: this.#links.clock.nowMs(),
      });
    }
  }
}
