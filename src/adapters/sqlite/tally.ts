import type { Receipt } from "./batch.ts";

/** How long market rows of this run have kept other writers out. */
export interface Transactions {
  readonly count: number;
  /** Of these, longer than another writer should ever have to wait: the disk or the machine was busy. */
  readonly long: number;
  readonly heldMsMax: number;
}

const LONG_MS = 20;

/** Running totals of one run, of what is on file only. */
export class Tally {
  /** Observations of each feed. */
  readonly stored = new Map<string, number>();
  transactions: Transactions = { count: 0, long: 0, heldMsMax: 0 };
  readonly #rows = new Map<string, number>();
  readonly #markets = new Set<string>();
  #duplicates = 0;

  add(receipt: Receipt): void {
    for (const [table, rows] of receipt.rows) this.count(table, rows);
    for (const [feed, rows] of receipt.feeds) {
      this.stored.set(feed, (this.stored.get(feed) ?? 0) + rows);
    }
    for (const ticker of receipt.markets) this.#markets.add(ticker);
    this.#duplicates += receipt.duplicates;
    const { count, heldMsMax, long } = this.transactions;
    this.transactions = {
      count: count + 1,
      long: receipt.heldMs > LONG_MS ? long + 1 : long,
      heldMsMax: Math.max(heldMsMax, receipt.heldMs),
    };
  }

  count(table: string, rows: number): void {
    if (rows !== 0) this.#rows.set(table, (this.#rows.get(table) ?? 0) + rows);
  }

  counts(): Map<string, number> {
    const counts = new Map(this.#rows);
    // kalshi_markets has one row per market, however often it is described.
    if (this.#markets.size > 0) counts.set("kalshi_markets", this.#markets.size);
    if (this.#duplicates > 0) counts.set("kalshi_trades.duplicates", this.#duplicates);
    return counts;
  }
}
