import type { MarketEvent } from "../../core/events.ts";
import {
  BLOCK_EVENTS,
  changedPlace,
  type InputSum,
  InputSummer,
  isSameSum,
} from "../../core/replay/input-sum.ts";
import type { NumberedEvent } from "./witness.ts";

/** Inputs that are not what the run received. */
export interface ChangedInput {
  /** Numbers of the first and the last event that may be meant; the same where it is known which. */
  readonly firstEv: number;
  readonly lastEv: number;
  /** The event as it stands there now; null where several may be meant, or where it is gone. */
  readonly event: MarketEvent | null;
  readonly storedCount: number;
  readonly foundCount: number;
}

/** Holds the inputs of a run against the sums that were kept of them while it ran. */
export class InputCheck {
  readonly #sums: ReadonlyMap<number, InputSum>;
  readonly #left: Set<number>;
  #firstEv = -1;
  #found = new InputSummer();
  /** Events of the block at work: the one that was changed is to be shown. */
  #block: NumberedEvent[] = [];
  #changed: ChangedInput | null = null;

  constructor(sums: ReadonlyMap<number, InputSum>) {
    this.#sums = sums;
    this.#left = new Set(sums.keys());
  }

  get changed(): ChangedInput | null {
    return this.#changed;
  }

  /** The next input; `firstEv` is the number of the first one of its run. */
  add(numbered: NumberedEvent, runFirstEv: number): void {
    const { ev, event } = numbered;
    const firstEv = ev - ((ev - runFirstEv) % BLOCK_EVENTS);
    if (firstEv !== this.#firstEv) {
      this.endBlock();
      this.#firstEv = firstEv;
    }
    this.#found.add(event);
    this.#block.push(numbered);
  }

  /** Call it once, after the last input. */
  end(): void {
    this.endBlock();
    const [missing] = [...this.#left].toSorted((a, b) => a - b);
    if (missing === undefined) return;
    const storedCount = this.#sums.get(missing)?.n ?? 0;
    this.#change({ firstEv: missing, count: storedCount, event: null, foundCount: 0 });
  }

  /** The block at work is complete: no further input of it will come. */
  endBlock(): void {
    if (this.#firstEv < 0) return;
    const stored = this.#sums.get(this.#firstEv);
    this.#left.delete(this.#firstEv);
    if (stored === undefined || !isSameSum(stored, this.#found)) this.#nameChange(stored);
    this.#found = new InputSummer();
    this.#block = [];
  }

  #nameChange(stored: InputSum | undefined): void {
    const foundCount = this.#found.n;
    const place = stored === undefined ? null : changedPlace(stored, this.#found);
    const one = place === null ? undefined : this.#block[place];
    if (one !== undefined) {
      this.#change({ firstEv: one.ev, count: 1, event: one.event, foundCount: 1 });
      return;
    }
    const count = Math.max(stored?.n ?? 0, foundCount);
    this.#change({ firstEv: this.#firstEv, count, event: null, foundCount });
  }

  #change(at: {
    readonly firstEv: number;
    readonly count: number;
    readonly event: MarketEvent | null;
    readonly foundCount: number;
  }): void {
    this.#changed ??= {
      firstEv: at.firstEv,
      lastEv: at.firstEv + at.count - 1,
      event: at.event,
      storedCount: at.count,
      foundCount: at.foundCount,
    };
  }
}
