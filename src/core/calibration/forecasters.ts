import type { Prob } from "../units.ts";
import type { ScoredRow } from "./pick-rows.ts";

// Whose probability a row is evidence of. What is scored must be what was traded on, and a strategy that has an opinion of
// its own says nothing where it had none: there its row would score the model in its name.

export interface ForecastRow extends ScoredRow {
  /** P(YES) by which the strategy decided. */
  readonly p: Prob;
}

/** A row with what its strategy decided by. */
type Forecasting<Row> = Row & Pick<ForecastRow, "p">;

export interface Forecasters<Row> {
  /** Rows of the strategies that go by the model, all of one forecast. */
  readonly model: readonly Forecasting<Row>[];
  /** Rows of each strategy that has a probability of its own, by its name. */
  readonly own: ReadonlyMap<string, readonly Forecasting<Row>[]>;
  /** Rows left out: their strategy has an opinion elsewhere and had none here. */
  readonly silent: readonly Row[];
}

export function forecastersOf<Row extends ScoredRow>(rows: readonly Row[]): Forecasters<Row> {
  const own = new Map<string, Forecasting<Row>[]>();
  for (const { pStrategy, strategy } of rows) if (pStrategy !== null) own.set(strategy, []);
  const model: Forecasting<Row>[] = [];
  const silent: Row[] = [];
  // What is new of a row comes before what it had: added after a spread it makes V8 give each object a shape of its own, and
  // every later reader look the property up.
  for (const row of rows) {
    const { pModel, pStrategy, strategy } = row;
    const mine = own.get(strategy);
    if (mine === undefined) {
      if (pModel !== null) model.push({ p: pModel, ...row });
    } else if (pStrategy === null) silent.push(row);
    else mine.push({ p: pStrategy, ...row });
  }
  return { model, own, silent };
}
