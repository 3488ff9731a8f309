import { numberAt } from "../prob/number-at.ts";
import { type Money, money } from "../units.ts";
import {
  type IntervalOptions,
  type PerContract,
  perContract,
  perContractOf,
} from "./per-contract.ts";
import { type ClosedTrade, contractsOf, moneySum, sumByWindow, windowsOf } from "./trade.ts";

// The same entries under different exits. Luck of the entries is common to all of them, so the difference by window shows
// what the profits themselves cannot.

export interface ExitTrades {
  readonly exit: string;
  readonly trades: readonly ClosedTrade[];
}

export interface ExitCell {
  readonly exit: string;
  readonly trades: number;
  readonly pnl: Money;
  readonly perContract: PerContract | null;
  /** Null for the exit that the others are compared with, and where that one did not trade. */
  readonly difference: ExitDifference | null;
}

interface ExitDifference {
  /** Profit of this exit less that of the other. */
  readonly total: Money;
  /** The same for a contract that the other bought, resampling windows that either traded. */
  readonly perContract: PerContract;
  /** Windows that either traded. */
  readonly windows: number;
  /** Those of them in which they did not buy the same number of contracts: an exit frees money and room for other entries. */
  readonly unpaired: number;
}

/** Each exit beside `base`, one of them. Throws `RangeError` when it is not among them. */
export function compareExits(
  exits: readonly ExitTrades[],
  base: string,
  options: IntervalOptions,
): readonly ExitCell[] {
  const other = exits.find(({ exit }) => exit === base);
  if (other === undefined) throw new RangeError(`no exit is named ${base}`);
  return exits.map(({ exit, trades }) => ({
    exit,
    trades: trades.length,
    pnl: moneySum(trades, ({ pnl }) => pnl),
    perContract: perContractOf(trades, options),
    difference: exit === base ? null : differenceOf(trades, other.trades, options),
  }));
}

function differenceOf(
  own: readonly ClosedTrade[],
  other: readonly ClosedTrade[],
  options: IntervalOptions,
): ExitDifference | null {
  const windows = windowsOf([...own, ...other]);
  const contracts = contractsOf(other);
  if (contracts === 0) return null;
  const byWindow = (of: (trade: ClosedTrade) => number): readonly [Float64Array, Float64Array] => [
    sumByWindow(own, windows, of),
    sumByWindow(other, windows, of),
  ];
  const [profits, otherProfits] = byWindow(({ pnl }) => pnl);
  const [bought, otherBought] = byWindow(({ qty }) => qty);
  const sums = profits.map((pnl, at) => pnl - numberAt(otherProfits, at));
  // The number of contracts is not what differs: it stays as it is while windows are drawn.
  const sizes = sums.map(() => contracts / windows.length);
  const each = perContract({ sums, sizes }, options);
  if (each === null) return null;
  return {
    total: money(sums.reduce((sum, profit) => sum + profit, 0)),
    perContract: each,
    windows: windows.length,
    unpaired: bought.filter((count, at) => count !== numberAt(otherBought, at)).length,
  };
}
