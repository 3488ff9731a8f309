import type * as z from "zod/mini";
import type { Strategy } from "../core/strategy.ts";
import { type Money, money } from "../core/units.ts";
import type { STRATEGY_PARAMS } from "./params.ts";

type Schemas = typeof STRATEGY_PARAMS;

/** What strategies are told, as the configuration has it. */
export interface StrategySettings {
  /** Parameters of every strategy: the `[strategy.<name>]` tables. */
  readonly strategy: { readonly [Name in keyof Schemas]: Readonly<z.infer<Schemas[Name]>> };
  readonly risk: { readonly bankroll_usd: number; readonly max_position_pct: number };
}

/** A feed that brings what the engine does not need by itself. */
export type StrategyFeed = "binance";

/** One strategy as the registry lists it. */
export interface StrategyPlugin {
  readonly name: string;
  /** What it is run on when nobody says which series; the configuration's default where it does not care. */
  readonly series?: readonly string[];
  /** Feeds that are followed for it, whatever is recorded. */
  readonly feeds?: readonly StrategyFeed[];
  create(settings: StrategySettings): Strategy;
}

/** What the account allows one order to rest on and to cost. */
export interface Account {
  readonly bankroll: Money;
  /** Largest cost of one position at its limit price. */
  readonly maxPosition: Money;
}

export function accountOf({ risk }: StrategySettings): Account {
  const bankroll = Math.round(risk.bankroll_usd * 1e6);
  return {
    bankroll: money(bankroll),
    maxPosition: money(Math.floor(bankroll * risk.max_position_pct)),
  };
}
