import type { PerContract } from "../core/performance/per-contract.ts";
import type { Performance } from "../core/performance/performance.ts";
import { formatMoney, formatQty, type Ms } from "../core/units.ts";
import { lengthText } from "./backfill-report.ts";
import {
  centText,
  chance,
  dollarText,
  ENOUGH_WINDOWS,
  fixed,
  type MoneyRange,
  percent,
  type Range,
  timeData,
} from "./backtest-words.ts";
import type { Table } from "./context.ts";

// What trades came to: for programs with all there is, for people beside the parts of the hold-out.

export interface MetricsData {
  readonly trades: number;
  readonly windows: number;
  readonly contracts: string;
  readonly wins: number;
  readonly win_rate: number | null;
  readonly win_rate_interval: Range | null;
  readonly break_even_rate: number | null;
  readonly pnl: string;
  readonly pnl_pessimistic: string | null;
  readonly pnl_per_contract: string | null;
  readonly pnl_per_contract_interval: MoneyRange | null;
  /** Chance of earning nothing or less. */
  readonly p_not_above_zero: number | null;
  readonly sharpe: number | null;
  readonly sharpe_interval: Range | null;
  /** Days that the ratio is made of. */
  readonly sharpe_periods: number | null;
  readonly max_drawdown: DrawdownData | null;
  readonly profit_factor: number | null;
  readonly bought: string;
  readonly average_equity: string;
  readonly turnover: number | null;
  readonly fees: string;
  readonly fees_of_bought: number | null;
  readonly longest_losing_streak: number;
  readonly mean_holding_s: number | null;
}

interface DrawdownData {
  readonly amount: string;
  readonly fraction: number | null;
  readonly peak: string;
  readonly peak_ms: Ms;
  readonly trough: string;
  readonly trough_ms: Ms;
}

export function metricsData(of: Performance): MetricsData {
  const { meanHoldingMs, pnlPessimistic } = of;
  return {
    trades: of.trades,
    windows: of.windows,
    contracts: formatQty(of.contracts),
    wins: of.wins,
    win_rate: of.winRate,
    win_rate_interval: of.winRateInterval,
    break_even_rate: of.breakEvenRate,
    pnl: formatMoney(of.pnl),
    pnl_pessimistic: pnlPessimistic === null ? null : formatMoney(pnlPessimistic),
    ...perContractData(of.perContract),
    ...sharpeData(of.sharpe),
    max_drawdown: drawdownData(of.drawdown),
    profit_factor: of.profitFactor,
    bought: formatMoney(of.bought),
    average_equity: formatMoney(of.averageEquity),
    turnover: of.turnover,
    fees: formatMoney(of.fees),
    fees_of_bought: of.feeShare,
    longest_losing_streak: of.longestLosingStreak,
    mean_holding_s: meanHoldingMs === null ? null : Math.round(meanHoldingMs / 100) / 10,
  };
}

/** As it stands in the document, whatever it is the profit of. */
export function perContractData(
  of: PerContract | null,
): Pick<MetricsData, "p_not_above_zero" | "pnl_per_contract" | "pnl_per_contract_interval"> {
  const bounds = of?.bounds ?? null;
  return {
    pnl_per_contract: of === null ? null : formatMoney(of.mean),
    pnl_per_contract_interval:
      bounds === null
        ? null
        : { lower: formatMoney(bounds.lower), upper: formatMoney(bounds.upper) },
    p_not_above_zero: bounds?.pOneSided ?? null,
  };
}

function sharpeData(
  of: Performance["sharpe"],
): Pick<MetricsData, "sharpe" | "sharpe_interval" | "sharpe_periods"> {
  return {
    sharpe: of?.annual ?? null,
    sharpe_interval: of?.interval ?? null,
    sharpe_periods: of?.periods ?? null,
  };
}

function drawdownData(of: Performance["drawdown"]): DrawdownData | null {
  if (of === null) return null;
  return {
    amount: formatMoney(of.amount),
    fraction: of.fraction,
    ...timeData("peak", of.peakMs),
    ...timeData("trough", of.troughMs),
  };
}

/** Below so many days the interval of a Sharpe ratio is left out, as it has next to nothing to go by. */
const ENOUGH_DAYS = 5;

/** One of the columns of the table of metrics. */
export interface MetricsColumn {
  readonly title: string;
  readonly metrics: MetricsData;
}

export function metricsTable(columns: readonly MetricsColumn[], confidence: number): Table {
  const interval = `${fixed(confidence * 100, 0)}% interval`;
  const row = (title: string, cell: (of: MetricsData) => string | null): string[] => [
    title,
    ...columns.map(({ metrics }) => cell(metrics) ?? "-"),
  ];
  return {
    columns: [{ title: "" }, ...columns.map(({ title }) => ({ title, align: "right" as const }))],
    rows: [
      row("trades", (of) => String(of.trades)),
      row("windows", (of) => String(of.windows)),
      row("contracts", (of) => of.contracts.replace(/\.?0+$/, "")),
      row("win rate", ({ win_rate: rate }) => shown(rate, percent)),
      row(interval, (of) => enough(of, of.win_rate_interval, rateRange)),
      row("to break even", (of) => shown(of.break_even_rate, percent)),
      row("P&L", ({ pnl }) => dollarText(pnl)),
      row("with the worst fills", (of) => shown(of.pnl_pessimistic, dollarText)),
      row("P&L a contract", (of) => shown(of.pnl_per_contract, (cost) => `${centText(cost)}c`)),
      row(interval, (of) => enough(of, of.pnl_per_contract_interval, centRange)),
      row("chance of no profit", (of) => enough(of, of.p_not_above_zero, chance)),
      row("Sharpe ratio a year", sharpeText),
      row(interval, (of) =>
        of.sharpe_periods !== null && of.sharpe_periods < ENOUGH_DAYS
          ? null
          : enough(of, of.sharpe_interval, ratioRange),
      ),
      row("largest fall", ({ max_drawdown: fall }) => shown(fall, fallText)),
      row("profit factor", (of) => shown(of.profit_factor, (factor) => fixed(factor, 2))),
      row("bought", ({ bought }) => dollarText(bought)),
      row("times the equity", ({ turnover }) => shown(turnover, (times) => fixed(times, 2))),
      row("fees", (of) => feeText(of)),
      row("losses in a row", (of) => String(of.longest_losing_streak)),
      row("held for", (of) => shown(of.mean_holding_s, lengthText)),
    ],
  };
}

function shown<T>(value: T | null, text: (value: T) => string): string | null {
  return value === null ? null : text(value);
}

/** Only with enough windows for it to mean something. */
function enough<T>(of: MetricsData, value: T | null, text: (value: T) => string): string | null {
  return of.windows < ENOUGH_WINDOWS ? null : shown(value, text);
}

function rateRange({ lower, upper }: Range): string {
  return `${fixed(lower * 100, 1)} to ${percent(upper)}`;
}

/** `-0.43 to 2.81c`. */
export function centRange({ lower, upper }: MoneyRange): string {
  return `${centText(lower)} to ${centText(upper)}c`;
}

/** Of two days it may be anything, so it says of how many. */
function sharpeText({ sharpe, sharpe_periods: days }: MetricsData): string | null {
  return sharpe === null ? null : `${ratioText(sharpe)} (${days ?? 0} days)`;
}

function ratioRange({ lower, upper }: Range): string {
  return `${ratioText(lower)} to ${ratioText(upper)}`;
}

/** Few days that nearly agree have a ratio beyond all sense. */
export function ratioText(ratio: number): string {
  if (Math.abs(ratio) < 1000) return fixed(ratio, 1);
  return ratio > 0 ? ">1000" : "<-1000";
}

function fallText({ amount, fraction }: DrawdownData): string {
  return fraction === null ? dollarText(amount) : `${dollarText(amount)} (${percent(fraction)})`;
}

function feeText({ fees, fees_of_bought: share }: MetricsData): string {
  return share === null ? dollarText(fees) : `${dollarText(fees)} (${percent(share)})`;
}
