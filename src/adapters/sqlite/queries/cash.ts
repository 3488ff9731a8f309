import { type Money, type Ms, money } from "../../../core/units.ts";
import type { Reader } from "../open.ts";
import { reading } from "./read.ts";

/** What was on the live account at first and was paid in and out since; `opening` is null before it was compared. */
export interface Movements {
  readonly opening: Money | null;
  readonly moved: Money;
}

/** Opening and what moved until a time; the opening is of before all that is on file, whenever it was found out. */
export function cashMovements(reader: Reader, untilMs: Ms = Number.MAX_SAFE_INTEGER): Movements {
  return reading(
    reader,
    () =>
      reader.db
        .prepare<[Ms], Movements>(
          `SELECT sum(CASE kind WHEN 'opening' THEN amount_ud END) AS opening,
             coalesce(sum(CASE WHEN kind <> 'opening' AND at_ms <= ? THEN amount_ud END), 0) AS moved FROM cash_movements`,
        )
        .get(untilMs) ?? { opening: null, moved: money(0) },
  );
}

/** What a simulated account began with: the bankroll of its first run, micro-dollars; null where that is not on file. */
export function bankrollOf(reader: Reader): (account: number) => Money | null {
  const find = reader.db
    .prepare<[number], number | null>(
      "SELECT config_json ->> '$.risk.bankroll_usd' FROM runs WHERE run_id = ?",
    )
    .pluck();
  return (account) =>
    reading(reader, () => {
      const usd = find.get(account) ?? null;
      return usd === null ? null : money(Math.round(usd * 1e6));
    });
}
