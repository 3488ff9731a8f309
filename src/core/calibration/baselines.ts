import type { Prob } from "../units.ts";
import type { ScoredRow } from "./pick-rows.ts";

/** What a row's outcome is to be forecast from. */
export type BaselineRow = Pick<ScoredRow, "outcome" | "seriesTicker" | "ticker" | "window">;

/**
 * P(YES) of each market, by its ticker, as the share of YES among the markets of its series in earlier windows, starting from one half with the
 * weight of two markets. Only what had settled by then is used: a rate over all rows would know the outcomes it is scored on.
 */
export function baseRates(rows: readonly BaselineRow[]): ReadonlyMap<string, Prob> {
  const markets = new Map(rows.map((row) => [row.ticker, row]));
  const ordered = [...markets.values()].toSorted((a, b) => a.window.localeCompare(b.window));
  const rateOf = new Map<string, Prob>();
  const seen = new Map<string, { yes: number; all: number; window: string; rate: Prob }>();
  for (const { outcome, seriesTicker, ticker, window } of ordered) {
    const past = seen.get(seriesTicker) ?? { yes: 1, all: 2, window: "", rate: 0.5 };
    // Markets that settle together are told the same, which is what was known before the first of them.
    const rate = past.window === window ? past.rate : past.yes / past.all;
    rateOf.set(ticker, rate);
    seen.set(seriesTicker, { yes: past.yes + outcome, all: past.all + 1, window, rate });
  }
  return rateOf;
}
