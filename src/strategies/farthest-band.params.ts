// zod/mini, not zod: see threshold-ev.params.ts.
import * as z from "zod/mini";
import { _default as withDefault } from "zod/mini";
import { exitKeys } from "./model-exit.params.ts";

const cents = (doc: string, fallback: number, max = 100) =>
  withDefault(z.number().check(z.minimum(0), z.maximum(max)), fallback).check(z.describe(doc));

const minutes = (doc: string, fallback: number) =>
  withDefault(z.int().check(z.minimum(1), z.maximum(1440)), fallback).check(z.describe(doc));

/** The keys of `[strategy.farthest-band]`. */
export const farthestBandParams = z.strictObject({
  enabled: withDefault(z.boolean(), false).check(
    z.describe("Runs when the command line names no strategy"),
  ),
  side: withDefault(z.enum(["yes", "no"]), "yes").check(z.describe("Side that is bought")),
  direction: withDefault(z.enum(["auto", "lower", "higher"]), "auto").check(
    z.describe("Strikes below or above spot; auto is lower for yes and higher for no"),
  ),
  ask_min_cents: cents("Cheapest ask that is bought, cents", 95),
  ask_max_cents: cents("Dearest ask that is bought, cents; the limits stop short of 99", 99),
  max_cost_cents: cents("Most that one entry may cost, fee included, cents", 500, 1e8),
  skip_nearest: withDefault(z.int().check(z.minimum(0), z.maximum(100)), 2).check(
    z.describe("Strikes nearest to spot in the chosen direction that are passed over"),
  ),
  ev_min: withDefault(z.number().check(z.minimum(-1), z.maximum(1)), -1).check(
    z.describe("Smallest expected value per contract by the model, dollars; -1 asks for none"),
  ),
  interval_minutes: minutes("One entry in each stretch of this length, minutes", 15),
  stop_loss_pct: withDefault(z.number().check(z.minimum(0), z.maximum(1)), 0.25).check(
    z.describe("Loss against the entry price at which a holding is sold, a share; 0 is never"),
  ),
  stop_check_minutes: minutes("Holdings are held against the stop this often, minutes", 5),
  rotate: withDefault(z.boolean(), true).check(
    z.describe("After a stop, buys a strike farther away than the one that was sold"),
  ),
  exit_floor_cents: cents("A stopped holding is sold no lower, cents", 5),
  roll_sell_last_seconds: withDefault(z.int().check(z.minimum(0), z.maximum(3600)), 0).check(
    z.describe("Sells what is held so long before the close, seconds; 0 holds to settlement"),
  ),
  force_new_order: withDefault(z.boolean(), false).check(
    z.describe("The first entry of a run waits for no interval and knows of no earlier stop"),
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
  ...exitKeys,
});

export type FarthestBandParams = Readonly<z.infer<typeof farthestBandParams>>;
