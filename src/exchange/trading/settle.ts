import type { WorldMarket } from "../world.ts";
import type { Account } from "./account.ts";
import type { AccountEvent, Position, Settlement } from "./types.ts";

/** Payouts are whole cents per position (kalshi.md §4.3). */
const CENT_UD = 10_000;

interface Payment {
  readonly position: Position;
  readonly result: Settlement["result"];
  readonly payoutCc: number;
  readonly revenueUd: number;
  readonly atMs: number;
}

export interface SettlerOptions {
  readonly account: Account;
  readonly tell: (event: AccountEvent) => void;
}

/** Pays positions out, and corrects what was paid when a result is changed afterwards. */
export class Settler {
  readonly settlements: Settlement[] = [];
  readonly #options: SettlerOptions;
  /** What each position was worth when it was paid, by market and subaccount. */
  readonly #paid = new Map<string, { position: Position; revenueUd: number }>();

  constructor(options: SettlerOptions) {
    this.#options = options;
  }

  /** Settles a market whose payout is final; a second call pays the difference to what was paid before. */
  settle(market: WorldMarket, atMs: number): void {
    const { payoutCc, result } = market;
    if (payoutCc === null || result === "")
      throw new Error(`${market.ticker} is to be settled without a payout`);
    for (const { position, revenueUd: paidUd } of this.#paid.values()) {
      if (position.ticker !== market.ticker) continue;
      const change = revenueOf(position.positionCq, payoutCc) - paidUd;
      if (change !== 0) this.#pay({ position, result, payoutCc, revenueUd: change, atMs });
    }
    for (const position of this.#options.account.positions()) {
      if (position.ticker !== market.ticker || position.positionCq === 0) continue;
      const revenueUd = revenueOf(position.positionCq, payoutCc);
      this.#pay({ position, result, payoutCc, revenueUd, atMs });
    }
  }

  #pay({ position, result, payoutCc, revenueUd, atMs }: Payment): void {
    const { account, tell } = this.#options;
    const { ticker, eventTicker, exchangeIndex, subaccount, positionCq, costUd, feesUd } = position;
    const key = `${ticker} ${subaccount}`;
    const before = this.#paid.get(key);
    this.#paid.set(key, { position, revenueUd: revenueUd + (before?.revenueUd ?? 0) });
    // A correction finds the position gone already and its cost realized.
    const present = account.positions().find((one) => `${one.ticker} ${one.subaccount}` === key);
    const settled = account.settle(present ?? position, revenueUd, atMs);
    const settlement: Settlement = {
      ticker,
      eventTicker,
      exchangeIndex,
      subaccount,
      result,
      payoutCc,
      feesUd,
      revenueUd,
      atMs,
      yesCq: Math.max(0, positionCq),
      yesCostUd: positionCq > 0 ? costUd : 0,
      noCq: Math.max(0, -positionCq),
      noCostUd: positionCq < 0 ? costUd : 0,
    };
    this.settlements.push(settlement);
    tell({ type: "settlement", settlement, atMs });
    tell({ type: "position", position: settled, atMs });
    tell({ type: "balance", balance: account.balance(position), atMs });
  }
}

function revenueOf(positionCq: number, payoutCc: number): number {
  const valueUd = positionCq > 0 ? positionCq * payoutCc : -positionCq * (10_000 - payoutCc);
  return Math.floor(valueUd / CENT_UD) * CENT_UD;
}
