import type { Rng } from "../random.ts";
import type { FaultRule, FaultWhen } from "./fault-rule.ts";

/** A run may look around before the first fault. */
export const GRACE_MS = 15_000;
/** Share of the kinds that a seed has. */
const SHARE = 0.6;

/** Amounts of trouble. */
export class Draw {
  readonly rng: Rng;

  constructor(rng: Rng) {
    this.rng = rng;
  }

  /** The rules, if this seed has that kind at all. */
  some(...rules: readonly FaultRule[]): readonly FaultRule[] {
    return this.rng.chance(SHARE) ? rules : [];
  }

  /** Again and again, at an interval between the two. */
  again(fromMs: number, toMs: number): FaultWhen {
    const everyMs = Math.round(this.spread(fromMs, toMs));
    return { everyMs, afterMs: GRACE_MS + this.rng.below(everyMs) };
  }

  /** Now and then: some of what matches. */
  odds(from: number, to: number): FaultWhen {
    return { probability: this.spread(from, to), afterMs: GRACE_MS };
  }

  /** Evenly over the orders of magnitude. */
  spread(from: number, to: number): number {
    return from * (to / from) ** this.rng.unit();
  }

  int(from: number, to: number): number {
    return from + this.rng.below(to - from + 1);
  }

  pick<Item>(items: readonly Item[]): Item | undefined {
    return items[this.rng.below(items.length)];
  }
}
