import type { FeedGap, PublicTrade } from "../../../core/events.ts";
import type { Ms } from "../../../core/units.ts";
import type { KalshiRest } from "../../kalshi/rest.ts";
import type { Unreadable } from "../../kalshi/rest-body.ts";

/** Reads lag behind the exchange by up to a second and a half, and not all alike (kalshi.md §2.8). */
const OVERLAP_S = 10;

interface Followed {
  /** Trades before this are not asked for. */
  readonly fromS: number;
  newestMs: Ms;
  /** Trades that may come again, with their times. */
  readonly seen: Map<string, Ms>;
}

export interface NewTrades {
  /** Oldest first. */
  readonly trades: readonly PublicTrade[];
  /** More was traded since the last look than one look may read. */
  readonly hole: Pick<FeedGap, "fromMs" | "toMs"> | null;
  readonly unreadable: readonly Unreadable[];
}

/** Public trades of the followed markets, each once: asked for from a little before the newest one that is known. */
export class TradePoll {
  readonly #rest: KalshiRest;
  readonly #followed = new Map<string, Followed>();
  #turn = 0;

  constructor(rest: KalshiRest) {
    this.#rest = rest;
  }

  setMarkets(tickers: ReadonlySet<string>, nowMs: Ms): void {
    for (const ticker of this.#followed.keys()) {
      if (!tickers.has(ticker)) this.#followed.delete(ticker);
    }
    const atMs = nowMs + (this.#rest.clockOffsetMs() ?? 0);
    for (const ticker of tickers) {
      if (this.#followed.has(ticker)) continue;
      const seen = new Map<string, Ms>();
      this.#followed.set(ticker, { fromS: Math.floor(atMs / 1000), newestMs: atMs, seen });
    }
  }

  /** The markets whose turn it is, at most `most`. */
  due(most: number): readonly string[] {
    const tickers = [...this.#followed.keys()];
    const count = Math.min(most, tickers.length);
    const due = Array.from(
      { length: count },
      (_, at) => tickers[(this.#turn + at) % tickers.length],
    );
    this.#turn = tickers.length === 0 ? 0 : (this.#turn + count) % tickers.length;
    return due.filter((ticker) => ticker !== undefined);
  }

  async read(ticker: string, signal: AbortSignal): Promise<NewTrades> {
    const known = this.#followed.get(ticker);
    if (known === undefined) return { trades: [], hole: null, unreadable: [] };
    const minS = Math.max(known.fromS, Math.floor(known.newestMs / 1000) - OVERLAP_S);
    const list = await this.#rest.trades(ticker, { minS }, signal);
    const fresh = list.trades.filter(({ tradeId }) => !known.seen.has(tradeId)).toReversed();
    const beforeMs = known.newestMs;
    for (const { exchangeMs, recvMs, tradeId } of fresh) {
      const atMs = exchangeMs ?? recvMs;
      known.seen.set(tradeId, atMs);
      known.newestMs = Math.max(known.newestMs, atMs);
    }
    for (const [tradeId, atMs] of known.seen) {
      if (atMs < known.newestMs - 2 * OVERLAP_S * 1000) known.seen.delete(tradeId);
    }
    const oldestMs = fresh[0]?.exchangeMs ?? null;
    const hole =
      list.complete || oldestMs === null || oldestMs <= beforeMs
        ? null
        : { fromMs: beforeMs, toMs: oldestMs };
    return { trades: fresh, hole, unreadable: list.unreadable };
  }
}
