import { DAY_MS } from "../iso-time.ts";
import type { LatchCause } from "../live/breakers.ts";
import type { OrderEventRecord, OrderRecord } from "../records.ts";
import type { Ms } from "../units.ts";

/** Nobody's opinion changes as fast as this: a fill so soon says nothing about the price, only about the loop that buys. */
const INSTANT_MS = 1_000;

type Sent = Pick<OrderRecord, "orderId" | "strategy" | "ticker" | "side" | "createdMs">;
type Ended = Pick<OrderEventRecord, "orderId" | "atMs" | "filledQty">;

/** Entries that one signal sends one after the other, without a fill or with one at once: a loop, not an opinion. */
export class RepeatBook {
  readonly #max: number;
  readonly #open = new Map<string, Sent>();
  readonly #runs = new Map<string, Ms[]>();

  constructor(max: number) {
    this.#max = max;
  }

  sent(entry: Sent): void {
    this.#open.set(entry.orderId, entry);
  }

  /** An order has come to its end. */
  ended({ atMs, filledQty, orderId }: Ended): LatchCause | null {
    const entry = this.#open.get(orderId);
    if (entry === undefined) return null;
    this.#open.delete(orderId);
    const { createdMs, side, strategy, ticker } = entry;
    const signal = `${strategy} ${side} ${ticker}`;
    if (filledQty > 0 && atMs - createdMs > INSTANT_MS) {
      this.#runs.delete(signal);
      return null;
    }
    const run = (this.#runs.get(signal) ?? []).filter((ms) => atMs - ms < DAY_MS);
    run.push(atMs);
    this.#runs.set(signal, run);
    if (run.length <= this.#max) return null;
    const reason = `${signal}: ${run.length} orders without a fill or filled at once`;
    return { kind: "repeated", value: run.length, limitValue: this.#max, reason };
  }
}
