import type { Effect } from "./effects.ts";
import type { Settlement } from "./events.ts";
import type { Market } from "./market.ts";
import type { Openers } from "./openers.ts";
import { positionRow } from "./order-rows.ts";
import type { Portfolio } from "./portfolio.ts";
import type { Ruling } from "./records.ts";
import type { RiskGate } from "./risk/gate.ts";
import { INDEX_AVERAGE, type Paid, pnlOf, settleBy } from "./settle-legs.ts";
import { resultAt, resultWord, rulingOf, settlementValue, yesPayoutOf } from "./settlement.ts";
import { type Money, type Ms, money, type Usd } from "./units.ts";

interface Books {
  readonly portfolio: Portfolio;
  readonly gate: RiskGate;
  readonly openers: Openers;
}

/**
 * Settles what is held: by the exchange's result, provisionally while that may be taken back; without one in time by the
 * average of the exchange's own index; never by a spot price. What was paid wrongly is compensated, never rewritten.
 */
export class SettleDesk {
  readonly #books: Books;
  /** From the close until a result is waited for no longer. */
  readonly #graceMs: Ms;
  /** Every position that was settled: a result may be amended whenever the exchange likes. */
  readonly #paid = new Map<string, Paid>();
  /** Markets of which the exchange said a result without what it pays: no average may decide those. */
  readonly #unpriced = new Set<string>();
  /** What was told of, so that it is told once. */
  readonly #told = new Set<string>();

  constructor(books: Books, graceMs: Ms) {
    this.#books = books;
    this.#graceMs = graceMs;
  }

  /** Takes over what earlier runs on the account have settled, in order of time. */
  adopt(settled: readonly Paid[]): void {
    for (const paid of settled) {
      this.#paid.set(paid.ruling.ticker, paid);
      this.#tellGate(undefined, paid);
    }
  }

  /** Markets whose final result is still to come: what is held, and what was settled provisionally. */
  awaited(): string[] {
    const held = [...this.#books.portfolio.positions()].map(({ ticker }) => ticker);
    return [...new Set([...held, ...this.provisional().map(({ ruling }) => ruling.ticker)])];
  }

  /** Profit of what is settled provisionally. */
  provisionalPnl(): Money {
    return money(this.provisional().reduce((sum, paid) => sum + pnlOf(paid), 0));
  }

  /** What may still be taken back. */
  provisional(): Paid[] {
    return [...this.#paid.values()].filter(({ ruling }) => !ruling.isFinal);
  }

  /** The exchange says how a market settled. */
  onSettlement(event: Settlement, effects: Effect[]): void {
    const { final, recvMs, result, ticker } = event;
    const ruling = rulingOf(event, recvMs);
    if (ruling !== null) {
      this.#settle(ruling, effects);
      return;
    }
    this.#unpriced.add(ticker);
    if (final) {
      const reason = `settled as '${resultWord(result)}', whose payout is not known here`;
      this.#tell("settlement_unpaid", { ticker, reason, atMs: recvMs }, effects);
    }
  }

  /**
   * Time passes. A closed market without a result is settled by the average of the prints of its averaging minute once it
   * has had its time; without all of them the position waits, because any other number would be a guess.
   */
  onWake(market: Market, nowMs: Ms, averageUsd: () => Usd | null, effects: Effect[]): void {
    const { closeMs, ticker } = market;
    if (nowMs < closeMs + this.#graceMs) return;
    if (this.#paid.has(ticker) || this.#unpriced.has(ticker)) return;
    if (this.#books.portfolio.position(ticker) === undefined) return;
    const average = averageUsd();
    const value = average === null ? null : settlementValue(market, average);
    const result = value === null ? null : resultAt(market, value);
    const yesPayout = result === null ? null : yesPayoutOf({ result, yesPayout: null });
    if (value === null || result === null || yesPayout === null) {
      const reason =
        "closed without a result, and not every value of its index's last minute is known";
      this.#tell("settlement_waiting", { ticker, reason, atMs: nowMs }, effects);
      return;
    }
    const expirationValue = value.toFixed(market.valueDigits);
    const by = { isFinal: false, source: INDEX_AVERAGE, expirationValue, atMs: nowMs };
    this.#settle({ ticker, result, yesPayout, ...by }, effects);
  }

  #settle(ruling: Ruling, effects: Effect[]): void {
    const { openers, portfolio } = this.#books;
    const { atMs, ticker } = ruling;
    const before = this.#paid.get(ticker);
    const position = portfolio.position(ticker);
    const held = position === undefined ? undefined : { ...position, ...openers.of(ticker) };
    const { after, first, next } = settleBy({ paid: before, held }, ruling);
    if (next !== null) {
      effects.push({ type: "ledger", row: next.leg });
      portfolio.restate(next.leg.pnl ?? money(0));
    }
    if (first !== null) {
      portfolio.settle(ticker, first.paid.payout);
      openers.forget(ticker);
      effects.push({ type: "ledger", row: first.leg });
      effects.push({ type: "position", row: positionRow(ticker, portfolio, atMs) });
    }
    if (after === undefined || after === before) return;
    this.#paid.set(ticker, after);
    this.#tellGate(before, after);
  }

  #tellGate(before: Paid | undefined, after: Paid): void {
    const { gate } = this.#books;
    const { atMs, isFinal, ticker } = after.ruling;
    const was = before?.ruling.isFinal === true ? pnlOf(before) : money(0);
    if (isFinal) gate.onSettled(ticker, { was, is: pnlOf(after) }, atMs);
    else gate.onProvisional(ticker, after.cost);
  }

  #tell(
    kind: string,
    {
      atMs,
      reason,
      ticker,
    }: { readonly ticker: string; readonly reason: string; readonly atMs: Ms },
    effects: Effect[],
  ): void {
    const paid = this.#paid.get(ticker);
    const held = this.#books.portfolio.position(ticker)?.qty ?? 0;
    const contracts = held + (paid === undefined ? 0 : paid.yesQty - paid.noQty);
    const isOver = held === 0 && paid?.ruling.isFinal !== false;
    if (contracts === 0 || isOver || this.#told.has(`${kind} ${ticker}`)) return;
    this.#told.add(`${kind} ${ticker}`);
    const row = { atMs, kind, value: contracts / 100, limitValue: null };
    effects.push({ type: "risk", row: { ...row, reason: `${ticker} ${reason}` } });
  }
}
