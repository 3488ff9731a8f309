import type { Sweep } from "../core/performance/sweep.ts";
import { formatMoney, type Ms } from "../core/units.ts";
import {
  centRange,
  type MetricsData,
  metricsData,
  perContractData,
  ratioText,
} from "./backtest-metrics.ts";
import {
  centText,
  chance,
  counted,
  dollarText,
  ENOUGH_WINDOWS,
  endOf,
  fixed,
  type MoneyRange,
  timeData,
  WIDTH,
  windowsWere,
  wrapped,
} from "./backtest-words.ts";
import type { CommandContext, Table } from "./context.ts";

// A sweep: every variant, and what the best of them is worth once it is allowed for that it was the best of so many.

export interface SweepData {
  readonly variants: number;
  /** Windows in which any of them traded. */
  readonly windows: number;
  /** In the order of the grid. */
  readonly cells: readonly SweepCellData[];
  readonly boundary: string | null;
  readonly boundary_ms: Ms | null;
  readonly best: BestData | null;
  /** What earned most before the boundary; null without a hold-out. */
  readonly chosen: string | null;
}

interface SweepCellData {
  readonly name: string;
  readonly all: MetricsData;
  readonly fit: MetricsData | null;
  readonly hold_out: MetricsData | null;
}

interface BestData {
  readonly name: string;
  /** White's reality check. */
  readonly p_value: number;
  readonly pnl: string;
  readonly pnl_per_contract: string | null;
  /** As wide as the number of variants asks. */
  readonly pnl_per_contract_interval: MoneyRange | null;
  /** As if it were the only one. */
  readonly p_not_above_zero: number | null;
  readonly deflated_sharpe: number | null;
}

export function sweepData({ best, cells, chosen, split, windows }: Sweep): SweepData {
  const boundary =
    split === null ? { boundary: null, boundary_ms: null } : timeData("boundary", split.boundaryMs);
  const winner = best === null ? undefined : cells[best.at];
  return {
    variants: cells.length,
    windows,
    cells: cells.map(({ fit, holdOut, name, whole }) => ({
      name,
      all: metricsData(whole),
      fit: fit === null ? null : metricsData(fit),
      hold_out: holdOut === null ? null : metricsData(holdOut),
    })),
    ...boundary,
    best:
      best === null || winner === undefined
        ? null
        : {
            name: winner.name,
            p_value: best.pValue,
            pnl: formatMoney(winner.whole.pnl),
            ...perContractData(best.perContract),
            deflated_sharpe: best.deflatedSharpe,
          },
    chosen: chosen === null ? null : (cells[chosen]?.name ?? null),
  };
}

/** More than these are in the document only. */
const MOST_CELLS = 20;
const LONGEST_NAME = 22;

export function sweepText(ctx: CommandContext, sweep: SweepData): string {
  const cells = sweep.cells.toSorted((a, b) => Number(b.all.pnl) - Number(a.all.pnl));
  const more = cells.length - MOST_CELLS;
  return [
    `\nSweep, best first: ${counted(sweep.variants, "variant")}; ${windowsWere(sweep.windows)} traded\n`,
    `${ctx.columns(cellTable(ctx, cells.slice(0, MOST_CELLS)), WIDTH).join("\n")}\n`,
    more > 0 ? `${more} more that earned less are in the --json document\n` : "",
    ...sweepSentences(sweep).map((sentence) => wrapped(ctx.clean(sentence))),
  ].join("");
}

function cellTable(ctx: CommandContext, cells: readonly SweepCellData[]): Table {
  return {
    columns: [
      { title: "variant" },
      { title: "trades", align: "right" },
      { title: "P&L", align: "right" },
      { title: "c each", align: "right" },
      { title: "95% if alone", align: "right" },
      { title: "Sharpe", align: "right", spare: true },
      { title: "held out", align: "right" },
    ],
    rows: cells.map(({ all, hold_out: holdOut, name }) => [
      endOf(ctx.clean(name), LONGEST_NAME),
      String(all.trades),
      dollarText(all.pnl),
      eachText(all),
      all.pnl_per_contract_interval === null || all.windows < ENOUGH_WINDOWS
        ? "-"
        : centRange(all.pnl_per_contract_interval).slice(0, -1),
      all.sharpe === null ? "-" : ratioText(all.sharpe),
      eachText(holdOut),
    ]),
  };
}

function eachText(of: MetricsData | null): string {
  return of?.pnl_per_contract ? centText(of.pnl_per_contract) : "-";
}

/** What the sweep means, in plain words. */
function sweepSentences(sweep: SweepData): readonly string[] {
  const { best, variants, windows } = sweep;
  if (best === null || windows < ENOUGH_WINDOWS) {
    return [
      `Only ${windowsWere(windows)} traded: too few to tell a good variant from a lucky one (${ENOUGH_WINDOWS} are the least).`,
    ];
  }
  if (Number(best.pnl) <= 0) {
    return [`Of ${counted(variants, "variant")} none earned anything; the best was ${best.name}.`];
  }
  return [bestSentence(best, variants), ...deflatedSentence(best, variants), ...heldOut(sweep)];
}

function bestSentence(best: BestData, variants: number): string {
  const { p_value: p, pnl_per_contract: each, pnl_per_contract_interval: range } = best;
  const meaning = p < 0.05 ? "evidence, if these were all that was ever tried" : "no evidence";
  const bounds = range === null ? "" : `, ${centRange(range)} when ${variants} are allowed for`;
  const unit = each === null ? "" : ` (${centText(each)}c a contract${bounds})`;
  return `The best of ${counted(variants, "variant")}, ${best.name}, earned ${dollarText(best.pnl)}${unit}; chance alone does this in ${chance(p)} of cases: ${meaning}.`;
}

function deflatedSentence({ deflated_sharpe: p }: BestData, variants: number): readonly string[] {
  if (p === null) return [];
  return [
    `Deflated Sharpe ratio ${fixed(p, 2)}: how likely its true one is above that of the luckiest of ${variants} worthless variants (0.95 is usual).`,
  ];
}

function heldOut({ boundary, cells, chosen }: SweepData): readonly string[] {
  const cell = cells.find(({ name }) => name === chosen);
  const holdOut = cell?.hold_out;
  if (boundary === null || cell === undefined || !holdOut) return [];
  const head = `Chosen on the windows up to ${boundary.slice(0, 10)} ${boundary.slice(11, 16)} UTC, ${cell.name}`;
  if (holdOut.pnl_per_contract === null) return [`${head} did not trade after it.`];
  const then = `${head} then made ${centText(holdOut.pnl_per_contract)}c a contract in ${counted(holdOut.windows, "window")}`;
  const range = holdOut.pnl_per_contract_interval;
  if (range === null || holdOut.windows < ENOUGH_WINDOWS) {
    return [`${then}, too few to judge it by.`];
  }
  return [`${then} (${centRange(range)}): ${judged(holdOut.pnl_per_contract, range)}.`];
}

function judged(mean: string, { lower }: MoneyRange): string {
  if (Number(mean) <= 0) return "it did not hold up";
  return Number(lower) > 0 ? "it held up" : "that may be luck";
}
