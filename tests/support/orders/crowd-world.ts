import { LevelBook, type Side } from "../../../src/exchange/matching/level-book.ts";
import { gridOf, indexOfPrice } from "../../../src/exchange/matching/price-grid.ts";
import { Rng } from "../../../src/exchange/random.ts";
import type { Happening, WorldBook, WorldFloor, WorldMarket } from "../../../src/exchange/world.ts";
import { START_MS, TinyWorld, tinyMarket } from "../tiny-world.ts";

/** Two markets of the series, one of which closes while the others trade. */
const TICKERS = ["KXBTC15M-26AUG170100-00", "KXBTC15M-26AUG170115-15"] as const;
const CLOSES_S = [150, 600] as const;
const STEP_MS = 500;

interface Act {
  readonly atMs: number;
  readonly act: () => void;
}

/** A world as small as can be in which orders meet others: a crowd quotes, takes and leaves, by a seed. */
export class CrowdWorld extends TinyWorld {
  readonly #rng: Rng;
  readonly #books = new Map<string, LevelBook>();
  readonly #acts: Act[] = [];
  readonly #told: Happening[] = [];
  #trades = 0;
  #nowMs = START_MS;

  constructor(seed: number) {
    super();
    this.#rng = new Rng(seed, "crowd");
    this.marketMap.clear();
    TICKERS.forEach((ticker, at) => {
      const closeMs = START_MS + (CLOSES_S[at] ?? 0) * 1000;
      this.#open(
        tinyMarket({
          ticker,
          eventTicker: ticker.replace(/-\d\d$/, ""),
          openMs: START_MS - 60_000,
          closeMs,
        }),
      );
    });
    this.#told.length = 0;
    this.#later(START_MS + STEP_MS, () => this.#step());
  }

  #open(market: WorldMarket): void {
    this.marketMap.set(market.ticker, market);
    const book = new LevelBook({
      ticker: market.ticker,
      grid: gridOf(market.structure),
      owners: 1,
      nowMs: () => this.#nowMs,
      tradeId: () => this.#tradeId(),
      emit: (happening) => void this.#told.push(happening),
    });
    this.#books.set(market.ticker, book);
    for (const side of ["yes", "no"] as const) {
      for (const cc of [4500, 4600, 4700, 4800]) this.#quote(book, side, cc);
    }
    this.#later(market.closeMs, () => this.#status(market, "closed"));
    this.#later(market.closeMs + 3_000, () => {
      market.payoutCc = this.#rng.chance(0.5) ? 10_000 : 0;
      market.result = market.payoutCc === 0 ? "no" : "yes";
      market.settledMs = this.#nowMs;
      this.#status(market, "finalized");
    });
  }

  #status(market: WorldMarket, status: WorldMarket["status"]): void {
    market.status = status;
    this.#told.push({ type: "status", ticker: market.ticker, status, atMs: this.#nowMs });
  }

  #tradeId(): string {
    return `trade-${++this.#trades}`;
  }

  #quote(book: LevelBook, side: Side, cc: number): void {
    const index = indexOfPrice(book.grid, cc);
    book.add({ side, owner: 0, index }, (1 + this.#rng.below(2000)) * 1, this.#nowMs);
  }

  /** Somebody quotes, takes or leaves in each market; what moves the touch lets our orders fill in parts. */
  #step(): void {
    for (const market of this.marketMap.values()) {
      const book = this.#books.get(market.ticker);
      if (market.status !== "active" || book === undefined) continue;
      const side: Side = this.#rng.chance(0.5) ? "yes" : "no";
      const wanted = 1 + this.#rng.below(1500);
      if (this.#rng.chance(0.35)) {
        const tradeId = this.#tradeId();
        book.take({ takerSide: side, wanted, tradeId }, this.#nowMs);
      }
      const passive = Math.min(book.highestPassive(side), indexOfPrice(book.grid, 4900));
      const cc = 4300 + 100 * this.#rng.below(7);
      if (indexOfPrice(book.grid, cc) <= passive) this.#quote(book, side, cc);
    }
    this.#later(this.#nowMs + STEP_MS, () => this.#step());
  }

  #later(atMs: number, act: () => void): void {
    const at = this.#acts.findIndex((other) => other.atMs > atMs);
    if (at < 0) this.#acts.push({ atMs, act });
    else this.#acts.splice(at, 0, { atMs, act });
  }

  override nowMs(): number {
    return this.#nowMs;
  }

  override nextMs(): number | null {
    return this.#acts[0]?.atMs ?? null;
  }

  override runUntil(ms: number, emit: (happening: Happening) => void): void {
    for (;;) {
      const next = this.#acts[0];
      if (next === undefined || next.atMs > ms) break;
      this.#acts.shift();
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.act();
      for (const happening of this.#told.splice(0)) emit(happening);
    }
    this.#nowMs = Math.max(this.#nowMs, ms);
  }

  override floor(ticker: string): WorldFloor | undefined {
    return this.#books.get(ticker);
  }

  override book(ticker: string): WorldBook | undefined {
    return this.#books.get(ticker)?.read();
  }
}
