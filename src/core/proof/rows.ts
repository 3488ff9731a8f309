import type { ForecastRow } from "../calibration/forecasters.ts";
import type { Money, Ms, Prob, Side } from "../units.ts";

/** One evaluation at a decision time, with what the market said and what it would have cost to act on it. */
export interface ProofRow extends ForecastRow {
  /** What the market believed, kept away from 0 and 1 by half a cent. */
  readonly q: Prob;
  readonly closeMs: Ms;
  readonly side: Side | null;
  /** All-in cost of one contract of `side`. */
  readonly cost: Money | null;
  /** Predicted profit of it, dollars. */
  readonly ev: number | null;
  /** P(YES) at 0.85 and 1.15 sigma; null where no sigma is in it. */
  readonly pLow: Prob | null;
  readonly pHigh: Prob | null;
  readonly runId: number;
  /** Its strategy waits in the book: what it wanted was only a trade where somebody sold it to it. */
  readonly isResting: boolean;
}

/** Row that says what a contract costs: it could have been acted on. */
export interface PricedRow extends ProofRow {
  readonly side: Side;
  readonly cost: Money;
}

export function isPriced(row: ProofRow): row is PricedRow {
  return row.side !== null && row.cost !== null;
}

const MICRO = 1e6;

/** What one contract costs, dollars. */
export function costOf({ cost }: PricedRow): number {
  return cost / MICRO;
}

/** Profit of one contract, dollars. */
export function profitOf(row: PricedRow): number {
  const won = (row.side === "yes") === (row.outcome === 1);
  return (won ? 1 : 0) - costOf(row);
}

/** Settlement windows of rows, in order of time. */
export interface Windows {
  readonly closes: Float64Array;
  /** Window of each row. */
  readonly of: Int32Array;
}

export function windowsOf(rows: readonly Pick<ProofRow, "closeMs">[]): Windows {
  const closes = Float64Array.from(new Set(rows.map(({ closeMs }) => closeMs))).toSorted();
  const placeOf = new Map([...closes].map((closeMs, at) => [closeMs, at]));
  return { closes, of: Int32Array.from(rows, ({ closeMs }) => placeOf.get(closeMs) ?? 0) };
}
