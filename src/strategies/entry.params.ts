// zod/mini, not zod: see threshold-ev.params.ts.
import * as z from "zod/mini";
import { _default as withDefault } from "zod/mini";

/** What every strategy that enters as a taker is told alike; `enabled` says whether it runs unasked. */
export const entryKeys = (enabled: boolean) => ({
  enabled: withDefault(z.boolean(), enabled).check(
    z.describe("Runs when the command line names no strategy"),
  ),
  ev_min: withDefault(z.number().check(z.minimum(0), z.maximum(1)), 0.03).check(
    z.describe("Smallest net expected value per contract that is traded, dollars"),
  ),
  spread_max_ticks: withDefault(z.number().check(z.minimum(0), z.maximum(1000)), 6).check(
    z.describe("Widest spread that is traded, steps of the market's price grid"),
  ),
  tau_max_minutes: withDefault(z.number().check(z.minimum(0), z.maximum(10_080)), 60).check(
    z.describe("Entries start this long before the close, minutes"),
  ),
  no_new_entries_last_seconds: withDefault(
    z.number().check(z.minimum(0), z.maximum(604_800)),
    120,
  ).check(z.describe("Entries stop this long before the close, seconds")),
  max_depth_share: withDefault(z.number().check(z.gt(0), z.maximum(1)), 0.5).check(
    z.describe("Largest part of the displayed depth that one order takes"),
  ),
  aggression_ticks: withDefault(z.int().check(z.minimum(0), z.maximum(10)), 1).check(
    z.describe("How far above the ask the limit price may lie, price steps"),
  ),
  slippage_cents: withDefault(z.number().check(z.minimum(0), z.maximum(100)), 0.5).check(
    z.describe(
      "Smallest slippage charged to an entry until 30 fills measured it, cents per contract",
    ),
  ),
});

/** For strategies whose size is a number and not a share of anything. */
export const contractsKey = withDefault(z.int().check(z.minimum(1), z.maximum(10_000)), 10).check(
  z.describe("Contracts wanted per entry, before depth and risk limits cut them"),
);

const entryParams = z.strictObject(entryKeys(true));

export type EntryParams = Readonly<z.infer<typeof entryParams>>;
