import { lrEProcess } from "../calibration/e-process.ts";
import { numberAt } from "../prob/number-at.ts";
import type { Ms } from "../units.ts";
import type { Evidence } from "./proof.ts";
import { costOf, type PricedRow } from "./rows.ts";

/** How far the trader leans from the price to the model, a fifth of the wealth each (models.md §4.8). */
const THETAS = [0.1, 0.25, 0.5, 0.75, 1];

/** Wealth at which chance alone is refused, at any time and however often one looks (Ville 1939). */
const WEALTH_WANTED = 20;

/**
 * Wealth of a trader who bets on the rows at their all-in cost, in order of settlement. Each of `versions` that were tried
 * had its own chance of being lucky, so that each must show as many times more.
 */
export function evidenceOf(
  rows: readonly PricedRow[],
  { versions, closes }: { readonly versions: number; readonly closes: readonly Ms[] },
): Evidence {
  const bets = betsOf(rows, closes);
  const logs = lrEProcess({
    p: bets.map(({ p }) => p),
    q: bets.map(breakEven),
    y: bets.map(({ outcome }) => outcome),
    thetas: THETAS,
  });
  const path = bets.map(({ closeMs }, i) => ({ atMs: closeMs, logE: numberAt(logs, i) }));
  const logThreshold = Math.log(WEALTH_WANTED * Math.max(1, versions));
  return {
    bets: bets.length,
    logE: path.at(-1)?.logE ?? 0,
    logThreshold,
    reachedMs: path.find(({ logE }) => logE >= logThreshold)?.atMs ?? null,
    path,
  };
}

/**
 * One bet a window: the first, so that what came later has no say in it. Bets of two windows that overlap would be judged by
 * the same move of the price, and their wealth would not be fair to chance: a bet counts only when the window before, of all
 * that the data knows, had closed.
 */
function betsOf(rows: readonly PricedRow[], closes: readonly Ms[]): readonly PricedRow[] {
  const before = precedingClose(closes);
  const first = new Map<Ms, PricedRow>();
  for (const row of rows) {
    const known = first.get(row.closeMs);
    if (row.atMs < (before.get(row.closeMs) ?? Number.NEGATIVE_INFINITY)) continue;
    if (known === undefined || isEarlier(row, known)) first.set(row.closeMs, row);
  }
  return [...first.values()].filter(isBelieved).toSorted((a, b) => a.closeMs - b.closeMs);
}

/**
 * What is bought for more than it is held to be worth is no bet on the model, and to lean from its price to the model would be
 * one on the other side, at a price that nobody offered. Its window stays without a bet: a later one would be a choice.
 */
function isBelieved(row: PricedRow): boolean {
  return (row.side === "yes" ? row.p : 1 - row.p) > costOf(row);
}

function precedingClose(closes: readonly Ms[]): ReadonlyMap<Ms, Ms> {
  const ordered = [...new Set(closes)].toSorted((a, b) => a - b);
  return new Map(ordered.slice(1).map((closeMs, i) => [closeMs, numberAt(ordered, i)]));
}

/** Of two at one moment the better by its own prediction. */
function isEarlier(row: PricedRow, known: PricedRow): boolean {
  return row.atMs < known.atMs || (row.atMs === known.atMs && (row.ev ?? 0) > (known.ev ?? 0));
}

/** P(YES) at which the bet earns nothing: the cost of YES, or what buying NO leaves. */
function breakEven(row: PricedRow): number {
  const cost = Math.min(1, costOf(row));
  return row.side === "yes" ? cost : 1 - cost;
}
