// From the close of a market to its payout. The result is published some seconds after the close and paid when the
// settlement timer has run; a dispute takes it back (kalshi.md §4.2).

import type { Agenda } from "../agenda.ts";
import type { Rng } from "../random.ts";
import type { Happening, WorldMarket, WorldStatus } from "../world.ts";
import { determinedMsg, settledMsg } from "./catalog.ts";
import type { IndexFeed } from "./index-feed.ts";
import { resultAt } from "./market-factory.ts";

const YES_CC = 10_000;
/** A disputed result stands this long before it is amended. */
const DISPUTE_MS = [20_000, 60_000] as const;

export interface SettlementContext {
  readonly agenda: Agenda;
  readonly index: IndexFeed;
  readonly rng: Rng;
  readonly emit: (happening: Happening) => void;
  /** Called when markets have been paid out. */
  readonly onFinal: (markets: readonly WorldMarket[], atMs: number) => void;
}

/** Results and payouts of the markets of one event. */
export class Settlement {
  readonly #context: SettlementContext;
  readonly #lateMs = new Map<string, number>();
  readonly #forcedCc = new Map<string, number>();
  /** When the running settlement timer of a market ends; a dispute stops it. */
  readonly #payMs = new Map<string, number>();

  constructor(context: SettlementContext) {
    this.#context = context;
  }

  /** What the index says at a close. */
  valueAt(closeMs: number): number {
    return this.#context.index.settlementValue(closeMs / 1000);
  }

  /** Sets result and payout by the settlement value, or as they were forced. */
  decide(market: WorldMarket, value: number): void {
    const byIndex = resultAt(market, value) === "yes" ? YES_CC : 0;
    setPayout(market, this.#forcedCc.get(market.ticker) ?? byIndex);
    market.expirationValue = value.toFixed(market.roundDigits);
  }

  delay(ticker: string, byMs: number): void {
    this.#lateMs.set(ticker, (this.#lateMs.get(ticker) ?? 0) + byMs);
  }

  force(ticker: string, payoutCc: number): void {
    this.#forcedCc.set(ticker, payoutCc);
  }

  /** Waits for the result of markets that close now. */
  waitFor(markets: readonly WorldMarket[], closeMs: number): void {
    const { agenda, rng } = this.#context;
    const eventTicker = markets[0]?.eventTicker ?? "";
    const delayMs = rng.split(`determined/${eventTicker}`).between(10_000, 20_000);
    // Read now: the index keeps two hours of prints, and a result may be late.
    const value = this.valueAt(closeMs);
    agenda.once(closeMs + delayMs, (atMs) => this.#determine(markets, value, atMs));
  }

  /** Takes the result of a market back and gives it another. */
  dispute(market: WorldMarket, payoutCc: number, atMs: number): void {
    const { agenda, rng } = this.#context;
    this.#payMs.delete(market.ticker);
    this.#setStatus(market, "disputed", atMs);
    const waitMs = rng.split(`disputed/${market.ticker}/${atMs}`).between(...DISPUTE_MS);
    agenda.once(atMs + waitMs, (now) => {
      if (market.status !== "disputed") return;
      setPayout(market, payoutCc);
      this.#setStatus(market, "amended", now);
      this.#startTimer([market], now);
    });
  }

  #determine(markets: readonly WorldMarket[], value: number, atMs: number): void {
    const { agenda, emit } = this.#context;
    const due: WorldMarket[] = [];
    for (const market of markets) {
      const lateMs = this.#lateMs.get(market.ticker);
      if (lateMs === undefined) due.push(market);
      else {
        this.#lateMs.delete(market.ticker);
        agenda.once(atMs + lateMs, (now) => this.#determine([market], value, now));
      }
    }
    for (const market of due) {
      this.decide(market, value);
      this.#setStatus(market, "determined", atMs);
      emit({ type: "lifecycle", msg: determinedMsg(market, atMs), atMs });
    }
    this.#startTimer(due, atMs);
  }

  #startTimer(markets: readonly WorldMarket[], atMs: number): void {
    const payMs = atMs + (markets[0]?.settlementTimerS ?? 0) * 1000;
    for (const market of markets) this.#payMs.set(market.ticker, payMs);
    this.#context.agenda.once(payMs, (now) => this.#pay(markets, now));
  }

  #pay(markets: readonly WorldMarket[], atMs: number): void {
    const { emit, onFinal } = this.#context;
    const due = markets.filter((market) => this.#payMs.get(market.ticker) === atMs);
    for (const market of due) {
      this.#payMs.delete(market.ticker);
      market.settledMs = atMs;
      this.#setStatus(market, "finalized", atMs);
      emit({ type: "lifecycle", msg: settledMsg(market, atMs), atMs });
    }
    onFinal(due, atMs);
  }

  #setStatus(market: WorldMarket, status: WorldStatus, atMs: number): void {
    market.status = status;
    this.#context.emit({ type: "status", ticker: market.ticker, status, atMs });
  }
}

function setPayout(market: WorldMarket, payoutCc: number): void {
  market.payoutCc = payoutCc;
  if (payoutCc === YES_CC) market.result = "yes";
  else market.result = payoutCc === 0 ? "no" : "scalar";
}
