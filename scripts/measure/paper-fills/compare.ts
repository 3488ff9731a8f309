import { DEFAULTS } from "../../../src/config/defaults.ts";
import type { Config } from "../../../src/config/schema.ts";
import type { FillClass } from "../../../src/core/records.ts";
import type { ProfitRange } from "../../../src/core/sim/profit-range.ts";
import { type Outcome, paperWorld, type SentOrder } from "./paper-world.ts";
import { trueWorld } from "./true-world.ts";

/** End of a 15-minute window, before which every stretch begins. */
const CLOSE_MS = Date.parse("2026-11-02T15:15:00Z");

export interface Compared {
  readonly seed: number;
  readonly orders: number;
  readonly pessimistic: Outcome;
  readonly expected: Outcome;
  /** What the exchange's own matching, fees and settlement made of the same orders. */
  readonly truth: Outcome;
  readonly profit: ProfitRange;
  /** Orders that were filled as neither account says, and how many of them are when they are alone in the second world. */
  readonly strays: { readonly together: number; readonly alone: number };
  readonly classes: Readonly<Record<FillClass, number>>;
}

/** One stretch in both worlds. */
export async function compare(stretch: {
  readonly scenario: string;
  readonly seed: number;
  readonly minutes: number;
}): Promise<Compared> {
  const { minutes, scenario, seed } = stretch;
  const at = { scenario, seed, startMs: CLOSE_MS - minutes * 60_000 };
  const { endMs, orders, ...paper } = await paperWorld(configOf(minutes), at);
  const truth = trueWorld(at, orders, endMs);
  const isStray = (sent: SentOrder, made: Outcome): boolean => {
    const filled = (outcome: Outcome): number => outcome.byOrder.get(sent.order.orderId) ?? 0;
    const ends = [filled(paper.pessimistic), filled(paper.expected)];
    return filled(made) < Math.min(...ends) || filled(made) > Math.max(...ends);
  };
  const together = orders.filter((sent) => isStray(sent, truth));
  const alone = together.filter((sent) => isStray(sent, trueWorld(at, [sent], endMs)));
  const strays = { together: together.length, alone: alone.length };
  return { seed, orders: orders.length, truth, strays, ...paper };
}

/** A maker that quotes whenever it sees no loss, in markets that settle within the stretch. */
function configOf(minutes: number): Config {
  const strategy = DEFAULTS.strategy["threshold-ev"];
  return {
    ...DEFAULTS,
    // One position must not keep another one from being opened.
    risk: {
      ...DEFAULTS.risk,
      max_open_positions: 1000,
      max_daily_loss_pct: 1,
      max_position_pct: 1,
    },
    strategy: {
      ...DEFAULTS.strategy,
      "threshold-ev": {
        ...strategy,
        entry: "maker",
        ev_min: 0,
        no_new_entries_last_seconds: 20,
        tau_max_minutes: minutes,
      },
    },
  };
}

/** Whether the contracts that were filled in truth lie between those of the two accounts. */
export function isCountWithin({
  expected,
  pessimistic,
  truth,
}: Pick<Compared, "expected" | "pessimistic" | "truth">): boolean {
  const ends = [expected.filledCq, pessimistic.filledCq];
  return truth.filledCq >= Math.min(...ends) && truth.filledCq <= Math.max(...ends);
}

/** Whether the true profit lies in the range that paper prints, in cents. */
export function isProfitWithin({ profit, truth }: Pick<Compared, "profit" | "truth">): boolean {
  const ends = [profit.pessimistic, truth.pnlUd, profit.optimistic];
  const [low = 0, value = 0, high = 0] = ends.map((end) => Math.round(end / 10_000));
  return value >= low && value <= high;
}
