import type { Config } from "../config/schema.ts";
import { type Money, money } from "../core/units.ts";

/** A share of the bankroll, rounded down. */
export function shareOf({ risk }: Pick<Config, "risk">, share: number): Money {
  return money(Math.floor(Math.round(risk.bankroll_usd * 1e6) * share));
}
