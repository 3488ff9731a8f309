import { kellyFraction, kellyRamp } from "../../../src/core/sizing/kelly.ts";
import { kellyExclusive } from "../../../src/core/sizing/kelly-exclusive.ts";
import { type JointBets, kellyGeneral } from "../../../src/core/sizing/kelly-general.ts";
import { sizeOrder } from "../../../src/core/sizing/size-order.ts";
import { money, parseDecimal, price, qty } from "../../../src/core/units.ts";
import { scheduleFor } from "./fees.ts";
import type { VectorFunctions } from "./vector-case.ts";

export const SIZING_FUNCTIONS: VectorFunctions = {
  kellyFraction,
  kellyRamp,
  kellyExclusive,
  // The vectors' optimum spends 118 % of the bankroll where the caps allow it: they know no budget (models.md §3.5 does).
  kellyGeneral: (input: JointBets) => kellyGeneral({ ...input, budget: Infinity }),
  sizeOrder: (input: {
    bankroll: number;
    p: number;
    ask: string;
    fraction: number;
    edgeThreshold: number;
    fullEdge: number;
    depth: number;
    participation: number;
    maxDollars: number;
  }) =>
    // The vector's fees are rounded up to whole cents.
    sizeOrder({
      bankroll: money(input.bankroll * 1_000_000),
      p: input.p,
      ask: price(parseDecimal(input.ask, 4)),
      schedule: scheduleFor({}, 10_000, 10_000),
      fraction: input.fraction,
      threshold: input.edgeThreshold,
      full: input.fullEdge,
      depth: qty(input.depth * 100),
      participation: input.participation,
      maxSpend: money(input.maxDollars * 1_000_000),
    }).qty / 100,
};
