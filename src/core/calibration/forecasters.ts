import type { Prob } from "../units.ts";
import type { ScoredRow } from "./pick-rows.ts";

// Whose probability a row is evidence of. What is scored must be what was traded on, and a strategy that has an opinion of
// its own says nothing where it had none: there its row would score the model in its name.

export interface ForecastRow extends ScoredRow {
  /** P(YES) by which the strategy decided. */
  readonly p: Prob;
}

export interface Forecasters {
  /** Rows of the strategies that go by the model, all of one forecast. */
  readonly model: readonly ForecastRow[];
  /** Rows of each strategy that has a probability of its own, by its name. */
  readonly own: ReadonlyMap<string, readonly ForecastRow[]>;
  /** Rows left out: their strategy has an opinion elsewhere and had none here. */
  readonly silent: readonly ScoredRow[];
}

export function forecastersOf(rows: readonly ScoredRow[]): Forecasters {
  const own = new Map<string, ForecastRow[]>();
  for (const { pStrategy, strategy } of rows) if (pStrategy !== null) own.set(strategy, []);
  const model: ForecastRow[] = [];
  const silent: ScoredRow[] = [];
  for (const row of rows) {
    const { pModel, pStrategy, strategy } = row;
    const mine = own.get(strategy);
    if (mine === undefined) {
      if (pModel !== null) model.push({ ...row, p: pModel });
    } else if (pStrategy === null) silent.push(row);
    else mine.push({ ...row, p: pStrategy });
  }
  return { model, own, silent };
}
