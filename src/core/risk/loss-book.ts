import { DAY_MS } from "../iso-time.ts";
import type { LatchCause } from "../live/breakers.ts";
import type { LedgerRecord } from "../records.ts";
import type { Money, Ms } from "../units.ts";

/** So many series of losses in one day, and a person has to look. */
const STREAKS_PER_DAY = 2;

/** Losses that stop trading, micro-dollars where they are money. */
export interface LossRules {
  readonly maxDay: Money;
  readonly maxRolling: Money;
  readonly maxDrawdown: Money;
  /** Losses in a row after which entries wait, and how long. */
  readonly streak: number;
  readonly cooldownMs: Ms;
}

/** A leg of the ledger as far as it can lose something. */
export type ResultLeg = Pick<
  LedgerRecord,
  "atMs" | "action" | "pnl" | "qty" | "side" | "ticker"
> & { readonly isFinal: boolean };

/** When a person last cleared each latch, by kind: what came before is forgiven. */
export type Cleared = ReadonlyMap<string, Ms>;

interface Holding {
  /** Signed, + is YES. */
  qty: number;
  /** What it has brought so far, until its result is final. */
  pnl: number;
  /** The part of it that a settlement which may be taken back says. */
  provisional: number;
}

/**
 * Losses as the ledger has them, in its order, so that a restart which reads the same legs knows the same. A settlement counts
 * when it is final: until then the position counts as lost wherever risk is counted.
 */
export class LossBook {
  readonly #rules: LossRules;
  readonly #cleared: Cleared;
  readonly #holdings = new Map<string, Holding>();
  readonly #losses: { readonly atMs: Ms; readonly loss: number }[] = [];
  #sum = 0;
  #peak = 0;
  #inARow = 0;
  /** When each series of today was complete. */
  #streaks: Ms[] = [];
  #coolUntilMs: Ms = Number.NEGATIVE_INFINITY;

  constructor(rules: LossRules, cleared: Cleared = new Map()) {
    this.#rules = rules;
    this.#cleared = cleared;
  }

  take(leg: ResultLeg): void {
    const { action, atMs, isFinal, pnl, qty, side, ticker } = leg;
    const held = this.#holdings.get(ticker) ?? { qty: 0, pnl: 0, provisional: 0 };
    this.#holdings.set(ticker, held);
    if (action === "settle") {
      held.provisional += pnl ?? 0;
      if (isFinal) this.#settled(ticker, held, atMs);
      return;
    }
    held.qty += (side === "yes") === (action === "buy") ? qty : 0 - qty;
    if (pnl !== null) {
      held.pnl += pnl;
      this.#realised(pnl, atMs);
    }
    if (held.qty !== 0) return;
    this.#holdings.delete(ticker);
    if (pnl !== null) this.#result(held.pnl, atMs);
  }

  /** What was lost since midnight UTC; gains make no room. */
  day(nowMs: Ms): number {
    return this.#since(Math.floor(nowMs / DAY_MS) * DAY_MS);
  }

  /** What was lost within 24 hours. */
  rolling(nowMs: Ms): number {
    return this.#since(nowMs - DAY_MS + 1);
  }

  /** How far the sum of all results is below its highest. */
  get drawdown(): number {
    return this.#peak - this.#sum;
  }

  /** Losses in a row, and when entries go on after a series of them. */
  get streak(): { readonly inARow: number; readonly coolUntilMs: Ms } {
    return { inARow: this.#inARow, coolUntilMs: this.#coolUntilMs };
  }

  isCooling(nowMs: Ms): boolean {
    return nowMs < this.#coolUntilMs;
  }

  /** Why trading must stop until a person has looked. */
  causes(nowMs: Ms): readonly LatchCause[] {
    const { maxDay, maxDrawdown, maxRolling } = this.#rules;
    const causes = [
      this.#cause("daily_loss", { value: this.day(nowMs), limit: maxDay }),
      this.#cause("rolling_loss", { value: this.rolling(nowMs), limit: maxRolling }),
      this.#cause("drawdown", { value: this.drawdown, limit: maxDrawdown }),
    ];
    const streaks = this.#streaks.length;
    if (streaks >= STREAKS_PER_DAY) {
      const reason = `${streaks} times ${this.#rules.streak} losses in a row within a day`;
      const limitValue = STREAKS_PER_DAY;
      causes.push({ kind: "loss_streak", value: streaks, limitValue, reason });
    }
    return causes.filter((cause) => cause !== null);
  }

  /** A person who has cleared the latch knows of the losses until then. */
  #cause(kind: string, { limit, value }: { readonly value: number; readonly limit: Money }) {
    const lastMs = this.#losses.at(-1)?.atMs ?? Number.NEGATIVE_INFINITY;
    if (value < limit || limit <= 0 || lastMs <= this.#clearedMs(kind)) return null;
    const reason = `${WORDS[kind] ?? kind}: $${inDollars(value)} of $${inDollars(limit)}`;
    return { kind, value: value / 1e6, limitValue: limit / 1e6, reason };
  }

  #settled(ticker: string, held: Holding, atMs: Ms): void {
    this.#holdings.delete(ticker);
    const settled = held.provisional;
    this.#realised(settled, atMs);
    // What is amended after it was final is money, but no other result.
    if (held.qty !== 0) this.#result(held.pnl + settled, atMs);
  }

  #realised(pnl: number, atMs: Ms): void {
    if (pnl < 0) this.#losses.push({ atMs, loss: 0 - pnl });
    while (this.#losses[0] !== undefined && this.#losses[0].atMs <= atMs - 2 * DAY_MS) {
      this.#losses.shift();
    }
    if (atMs <= this.#clearedMs("drawdown")) return;
    this.#sum += pnl;
    this.#peak = Math.max(this.#peak, this.#sum);
  }

  #result(pnl: number, atMs: Ms): void {
    if (atMs <= this.#clearedMs("loss_streak")) return;
    const day = Math.floor(atMs / DAY_MS);
    this.#streaks = this.#streaks.filter((ms) => Math.floor(ms / DAY_MS) >= day);
    this.#inARow = pnl < 0 ? this.#inARow + 1 : 0;
    if (this.#inARow < this.#rules.streak) return;
    this.#inARow = 0;
    this.#streaks.push(atMs);
    this.#coolUntilMs = atMs + this.#rules.cooldownMs;
  }

  #since(fromMs: Ms): number {
    return this.#losses.reduce((sum, { atMs, loss }) => (atMs >= fromMs ? sum + loss : sum), 0);
  }

  #clearedMs(kind: string): Ms {
    return this.#cleared.get(kind) ?? Number.NEGATIVE_INFINITY;
  }
}

const WORDS: Readonly<Record<string, string>> = {
  daily_loss: "lost today",
  rolling_loss: "lost within 24 hours",
  drawdown: "below the highest point",
};

function inDollars(microDollars: number): string {
  return (microDollars / 1e6).toFixed(2);
}
