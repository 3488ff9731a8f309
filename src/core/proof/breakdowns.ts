import { clusterMean } from "../calibration/intervals.ts";
import { decisionTimeOf, wouldTrade } from "../calibration/pick-rows.ts";
import { logError, mean, squaredError } from "../calibration/scores.ts";
import type { Breakdowns, ProofOptions, Slice } from "./proof.ts";
import { isPriced, type ProofRow, profitOf } from "./rows.ts";

const HOUR_MS = 3_600_000;
const PRICE_BANDS = 10;

/** The same comparison on parts of the rows; `heard` has one row for each strategy that heard a forecast. */
export function breakdownsOf(
  { heard, rows }: { readonly heard: readonly ProofRow[]; readonly rows: readonly ProofRow[] },
  options: Pick<ProofOptions, "eps">,
): Breakdowns {
  const by = (of: readonly ProofRow[], keyOf: (row: ProofRow) => string) =>
    slicesBy(of, keyOf, options.eps);
  return {
    strategy: by(heard, ({ strategy }) => strategy),
    series: by(rows, ({ seriesTicker }) => seriesTicker),
    timeToClose: by(rows, (row) => `${twoDigits(minutesOf(row))} min`),
    price: by(rows, ({ q }) => bandOf(q)),
    hour: by(rows, ({ atMs }) => `${twoDigits(Math.floor(atMs / HOUR_MS) % 24)}:00`),
  };
}

function minutesOf(row: ProofRow): number {
  return Math.round((decisionTimeOf(row) ?? row.tauS) / 60);
}

function bandOf(q: number): string {
  const k = Math.min(PRICE_BANDS - 1, Math.floor(q * PRICE_BANDS));
  const cents = 100 / PRICE_BANDS;
  return `${twoDigits(k * cents)}-${(k + 1) * cents}c`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, "0");
}

function slicesBy(
  rows: readonly ProofRow[],
  keyOf: (row: ProofRow) => string,
  eps: number,
): Slice[] {
  const groups = new Map<string, ProofRow[]>();
  for (const row of rows) {
    const key = keyOf(row);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return [...groups]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, own]) => sliceOf(key, own, eps));
}

function sliceOf(key: string, rows: readonly ProofRow[], eps: number): Slice {
  const logOf = logError(eps);
  const cluster = rows.map(({ closeMs }) => closeMs);
  const model = rows.map(({ outcome, p }) => squaredError(p, outcome));
  const market = rows.map(({ outcome, q }) => squaredError(q, outcome));
  const gain = clusterMean({ d: market.map((loss, i) => loss - (model[i] ?? 0)), cluster });
  const trades = rows.filter(wouldTrade).filter(isPriced);
  return {
    key,
    rows: rows.length,
    windows: new Set(cluster).size,
    modelBrier: mean(model),
    marketBrier: mean(market),
    modelLogLoss: mean(rows.map(({ outcome, p }) => logOf(p, outcome))),
    marketLogLoss: mean(rows.map(({ outcome, q }) => logOf(q, outcome))),
    brierGain: gain.mean,
    brierGainSe: gain.df > 0 ? gain.se : null,
    trades: trades.length,
    netProfit: trades.length === 0 ? null : mean(trades.map(profitOf)),
  };
}
