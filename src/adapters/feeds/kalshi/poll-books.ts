import { KbtError } from "../../../core/errors.ts";
import type { BookList, KalshiRest, RestBook } from "../../kalshi/rest.ts";
import type { Unreadable } from "../../kalshi/rest-body.ts";

/** Most tickers of one call (kalshi.md §2.5). */
const PER_CALL = 100;

/**
 * Whole books over REST. Whether they are given without a key is disputed (kalshi.md §1.4), so each way to ask is tried
 * once: many in one call, then one by one, then no more.
 */
export class BookReader {
  readonly #rest: KalshiRest;
  #way: "many" | "each" | "none" = "many";

  constructor(rest: KalshiRest) {
    this.#rest = rest;
  }

  /** The exchange gives no books to this caller. */
  get isRefused(): boolean {
    return this.#way === "none";
  }

  async read(tickers: readonly string[], signal: AbortSignal): Promise<BookList> {
    if (this.#way === "many") {
      try {
        return await this.#many(tickers, signal);
      } catch (error) {
        if (!isRefusal(error) && statusOf(error) !== 404) throw error;
        this.#way = "each";
      }
    }
    if (this.#way === "each") {
      try {
        return await this.#each(tickers, signal);
      } catch (error) {
        if (!isRefusal(error)) throw error;
        this.#way = "none";
      }
    }
    return { books: new Map(), unreadable: [] };
  }

  async #many(tickers: readonly string[], signal: AbortSignal): Promise<BookList> {
    const books = new Map<string, RestBook>();
    const unreadable: Unreadable[] = [];
    for (let at = 0; at < tickers.length; at += PER_CALL) {
      const list = await this.#rest.orderbooks(tickers.slice(at, at + PER_CALL), signal);
      for (const [ticker, book] of list.books) books.set(ticker, book);
      unreadable.push(...list.unreadable);
    }
    return { books, unreadable };
  }

  async #each(tickers: readonly string[], signal: AbortSignal): Promise<BookList> {
    const books = new Map<string, RestBook>();
    const unreadable: Unreadable[] = [];
    for (const name of tickers) {
      try {
        books.set(name, await this.#rest.orderbook(name, signal));
      } catch (error) {
        if (!(error instanceof KbtError)) throw error;
        if (error.kind === "protocol") unreadable.push({ what: "book", name, raw: "", error });
        else if (error.kind !== "venue") throw error;
      }
    }
    return { books, unreadable };
  }
}

function isRefusal(error: unknown): boolean {
  return error instanceof KbtError && error.kind === "auth";
}

function statusOf(error: unknown): unknown {
  return error instanceof KbtError ? error.details?.["status"] : undefined;
}
