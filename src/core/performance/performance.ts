import type { Resampling } from "../calibration/bootstrap.ts";
import { wilson } from "../calibration/intervals.ts";
import { DAY_MS } from "../iso-time.ts";
import { type Money, type Ms, money, PRICE_ONE, type Prob, type Qty } from "../units.ts";
import { type Account, accountOf } from "./account.ts";
import { type PerContract, perContractOf } from "./per-contract.ts";
import { type Interval, type PeriodSharpe, periodSharpe } from "./period-sharpe.ts";
import {
  type ClosedTrade,
  contractsOf,
  type EquityMark,
  HELD,
  moneySum,
  windowsOf,
} from "./trade.ts";

// What trades came to, and how much of it may be luck (models.md §6). Where something is not determined it is null, and
// never NaN. Scores of the probabilities say more with less (models.md §4): these numbers stand second to them.

export interface PerformanceOptions extends Resampling {
  /** Equity at the start. */
  readonly bankroll: Money;
  /** In any order; none at all leaves what the trades realised. */
  readonly marks: readonly EquityMark[];
  /** One minus the confidence of every interval. */
  readonly alpha: number;
  /** Of the Sharpe ratio. */
  readonly periodMs: Ms;
}

export const DEFAULT_EVIDENCE = { B: 2_000, alpha: 0.05, periodMs: DAY_MS } as const;

interface Wins {
  /** Trades with a profit after fees. */
  readonly wins: number;
  readonly winRate: Prob | null;
  /** Wilson's, each window counted once: trades that settle together are not evidence of their own. */
  readonly winRateInterval: Interval | null;
  /**
   * Mean all-in cost of a contract over trades: how many of them must win for nothing to be lost. Null when some were
   * sold before the settlement, for then losing costs less than all.
   */
  readonly breakEvenRate: Prob | null;
}

export interface Performance extends Wins, Account {
  readonly trades: number;
  /** Distinct settlement instants: the unit of evidence. */
  readonly windows: number;
  readonly contracts: Qty;
  readonly pnl: Money;
  /** Null unless it is known of every trade. */
  readonly pnlPessimistic: Money | null;
  /** Null without a trade. */
  readonly perContract: PerContract | null;
  readonly sharpe: PeriodSharpe | null;
  /** Sum of profits over sum of losses; null without a loss. */
  readonly profitFactor: number | null;
  /** Cash for what was bought, fees excluded. */
  readonly bought: Money;
  readonly fees: Money;
  /** Fees as a share of what was bought. */
  readonly feeShare: number | null;
  /** Trades that lost one after the other, in the order in which they were over. */
  readonly longestLosingStreak: number;
  readonly meanHoldingMs: Ms | null;
}

export function performanceOf(
  trades: readonly ClosedTrade[],
  options: PerformanceOptions,
): Performance {
  const windows = windowsOf(trades);
  const contracts = contractsOf(trades);
  const pnl = moneySum(trades, (trade) => trade.pnl);
  const bought = moneySum(trades, ({ paid }) => paid);
  const fees = moneySum(trades, (trade) => trade.fees);
  return {
    trades: trades.length,
    windows: windows.length,
    contracts,
    ...winsOf(trades, windows.length, options.alpha),
    pnl,
    pnlPessimistic: pessimisticOf(trades),
    perContract: perContractOf(trades, options),
    sharpe: periodSharpe(trades, options),
    ...accountOf(trades, options),
    profitFactor: profitFactorOf(trades),
    bought,
    fees,
    feeShare: bought > 0 ? fees / bought : null,
    longestLosingStreak: losingStreakOf(trades),
    meanHoldingMs: meanOf(trades, ({ closedMs, openedMs }) => closedMs - openedMs),
  };
}

function winsOf(trades: readonly ClosedTrade[], windows: number, alpha: number): Wins {
  const wins = trades.filter(({ pnl }) => pnl > 0).length;
  if (trades.length === 0) {
    return { wins, winRate: null, winRateInterval: null, breakEvenRate: null };
  }
  const winRate = wins / trades.length;
  const [lower, upper] = wilson({ k: winRate * windows, n: windows, conf: 1 - alpha });
  return {
    wins,
    winRate,
    winRateInterval: { lower, upper },
    breakEvenRate: trades.every(({ exit }) => exit === HELD) ? meanOf(trades, costOf) : null,
  };
}

/** Dollars per contract, which is the chance of winning that pays for it. */
function costOf({ fees, paid, qty }: ClosedTrade): Prob {
  return (paid + fees) / (qty * PRICE_ONE);
}

function pessimisticOf(trades: readonly ClosedTrade[]): Money | null {
  let sum = 0;
  for (const { pnlPessimistic } of trades) {
    if (pnlPessimistic === null) return null;
    sum += pnlPessimistic;
  }
  return money(sum);
}

function profitFactorOf(trades: readonly ClosedTrade[]): number | null {
  const won = moneySum(trades, ({ pnl }) => Math.max(0, pnl));
  const lost = moneySum(trades, ({ pnl }) => Math.min(0, pnl));
  return lost < 0 ? won / Math.abs(lost) : null;
}

function losingStreakOf(trades: readonly ClosedTrade[]): number {
  let streak = 0;
  let longest = 0;
  const inOrder = trades.toSorted((a, b) => a.closedMs - b.closedMs || a.openedMs - b.openedMs);
  for (const { pnl } of inOrder) {
    streak = pnl < 0 ? streak + 1 : 0;
    longest = Math.max(longest, streak);
  }
  return longest;
}

function meanOf(
  trades: readonly ClosedTrade[],
  valueOf: (trade: ClosedTrade) => number,
): number | null {
  if (trades.length === 0) return null;
  return trades.reduce((sum, trade) => sum + valueOf(trade), 0) / trades.length;
}
