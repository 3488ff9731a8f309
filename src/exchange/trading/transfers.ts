import type { CashPlace, Desk } from "./types.ts";

/** Money on its way between shards. */
export interface Transfer {
  readonly transferId: string;
  readonly from: CashPlace;
  readonly to: CashPlace;
  readonly amountUd: number;
  readonly createdMs: number;
  readonly isComplete: boolean;
}

/** A transfer is asynchronous: the money moves this much after it was accepted (kalshi.md §2.11). */
const DELAY_MS = 1000;

/** Transfers between shards, which take a second and may find the money gone by then: they are not atomic. */
export class Transfers {
  readonly #desk: Desk;
  readonly #transfers = new Map<string, Transfer>();
  #due: readonly string[] = [];

  constructor(desk: Desk) {
    this.#desk = desk;
  }

  /** Accepts a transfer; null when the money is not there now. */
  start(from: CashPlace, to: CashPlace, amountUd: number, nowMs: number): Transfer | null {
    const isThere = this.#desk
      .balances()
      .some((cash) => isAt(cash, from) && cash.availableUd >= amountUd);
    if (!isThere) return null;
    const transferId = transferIdOf(this.#transfers.size + 1);
    const transfer = { transferId, from, to, amountUd, createdMs: nowMs, isComplete: false };
    this.#transfers.set(transferId, transfer);
    this.#due = [...this.#due, transferId];
    return transfer;
  }

  get(transferId: string): Transfer | undefined {
    return this.#transfers.get(transferId);
  }

  /** Newest first. */
  list(): readonly Transfer[] {
    return [...this.#transfers.values()].toReversed();
  }

  /** When the next transfer is carried out; infinite when there is none. */
  nextTimerMs(): number {
    const next = this.#transfers.get(this.#due[0] ?? "");
    return next === undefined ? Number.POSITIVE_INFINITY : next.createdMs + DELAY_MS;
  }

  runTimers(nowMs: number): void {
    while (this.nextTimerMs() <= nowMs) {
      const [first = "", ...rest] = this.#due;
      this.#due = rest;
      const transfer = this.#transfers.get(first);
      if (transfer === undefined) continue;
      // A transfer whose money was spent meanwhile stays pending: no other status is known.
      const isComplete = this.#desk.transfer(transfer.from, transfer.to, transfer.amountUd);
      this.#transfers.set(first, { ...transfer, isComplete });
    }
  }
}

function isAt(cash: CashPlace, place: CashPlace): boolean {
  return cash.exchangeIndex === place.exchangeIndex && cash.subaccount === place.subaccount;
}

function transferIdOf(count: number): string {
  return `00000000-0000-4000-8000-${count.toString(16).padStart(12, "0")}`;
}
