// zod/mini, not zod: see threshold-ev.params.ts.
import * as z from "zod/mini";
import { _default as withDefault } from "zod/mini";
import { entryKeys } from "./entry.params.ts";
import { stakeKeys } from "./stake.params.ts";

const number = (doc: string, fallback: number, least: number, most: number) =>
  withDefault(z.number().check(z.minimum(least), z.maximum(most)), fallback).check(z.describe(doc));

const integer = (doc: string, fallback: number, least: number, most: number) =>
  withDefault(z.int().check(z.minimum(least), z.maximum(most)), fallback).check(z.describe(doc));

/** The keys of `[strategy.ensemble]`; its voters are told what the tables of their own names say. */
export const ensembleParams = z.strictObject({
  ...entryKeys(false),
  ev_min: number("Smallest net expected value per contract that is traded, dollars", 0.04, 0, 1),
  window_from_s: number(
    "The one look at a market begins this long before its close, seconds",
    930,
    0,
    604_800,
  ),
  window_until_s: number("And is over this long before its close, seconds", 870, 0, 604_800),
  ...stakeKeys({ fraction: 0.5, maxCostUsd: 50 }),
  brackets_around: integer(
    "Brackets on each side of the one around spot that are looked at",
    2,
    0,
    50,
  ),
  vol_gap_min: number(
    "Predicted and implied volatility agree when nearer than this, log difference",
    0.1,
    0,
    5,
  ),
  confirmations: integer("Voters that must agree on a direction before it is traded on", 2, 1, 4),
  vote_shrink: number(
    "Weight of the votes in the probability, 1 for believing a sure vote wholly",
    0.3,
    0,
    1,
  ),
  clip_min: number("Lowest P(YES) that votes can lead to", 0.35, 0, 0.5),
  clip_max: number("Highest P(YES) that votes can lead to", 0.65, 0.5, 1),
  drift_max_sd: number("Most that votes move the centre of a bracket event, s.d.", 0.1, 0, 1),
  trades_per_hour: integer("Trades in one market within an hour", 1, 0, 1000),
  trades_per_day: integer("Trades in one market within a day", 3, 0, 1000),
  no_max_cents: number("NO is not bought above this, cents", 65, 0, 100),
  price_min_cents: number("Nothing is bought below this, cents", 15, 0, 100),
  price_max_cents: number("Nothing is bought above this, cents", 85, 0, 100),
});

export type EnsembleParams = Readonly<z.infer<typeof ensembleParams>>;
