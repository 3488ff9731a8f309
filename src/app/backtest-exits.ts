import type { ExitCell } from "../core/performance/exit-comparison.ts";
import { formatMoney } from "../core/units.ts";
import { centRange, perContractData } from "./backtest-metrics.ts";
import {
  centText,
  dollarText,
  ENOUGH_WINDOWS,
  type MoneyRange,
  WIDTH,
  windowsWere,
  wrapped,
} from "./backtest-words.ts";
import type { CommandContext, Table } from "./context.ts";

// The same entries under different exits.

export interface ExitsData {
  /** What the others are compared with. */
  readonly base: string;
  readonly exits: readonly ExitData[];
}

interface ExitData {
  readonly exit: string;
  readonly trades: number;
  readonly pnl: string;
  readonly pnl_per_contract: string | null;
  readonly difference: DifferenceData | null;
}

/** This exit less the base, with the chance that it earns no more. */
interface DifferenceData {
  readonly windows: number;
  readonly unpaired_windows: number;
  readonly pnl: string;
  readonly pnl_per_contract: string | null;
  readonly pnl_per_contract_interval: MoneyRange | null;
  readonly p_not_above_zero: number | null;
}

export function exitsData(base: string, cells: readonly ExitCell[]): ExitsData {
  return {
    base,
    exits: cells.map(({ difference, exit, perContract, pnl, trades }) => ({
      exit,
      trades,
      pnl: formatMoney(pnl),
      pnl_per_contract: perContract === null ? null : formatMoney(perContract.mean),
      difference:
        difference === null
          ? null
          : {
              windows: difference.windows,
              unpaired_windows: difference.unpaired,
              pnl: formatMoney(difference.total),
              ...perContractData(difference.perContract),
            },
    })),
  };
}

const LONGEST_NAME = 14;

export function exitsText(ctx: CommandContext, { base, exits }: ExitsData): string {
  const to = ctx.clean(base, LONGEST_NAME);
  const table: Table = {
    columns: [
      { title: "exit" },
      { title: "trades", align: "right" },
      { title: "P&L", align: "right" },
      { title: "c each", align: "right", spare: true },
      { title: "more", align: "right" },
      { title: "more c each", align: "right" },
      { title: "interval", align: "right" },
    ],
    rows: exits.map((each) => [
      ctx.clean(each.exit, LONGEST_NAME),
      String(each.trades),
      dollarText(each.pnl),
      each.pnl_per_contract === null ? "-" : centText(each.pnl_per_contract),
      ...differenceCells(each.difference),
    ]),
  };
  return [
    `\nExits, and how much more each earned than ${to} on the same windows\n`,
    `${ctx.columns(table, WIDTH).join("\n")}\n`,
    ...notes(exits, to).map((note) => wrapped(note)),
  ].join("");
}

function differenceCells(difference: DifferenceData | null): readonly string[] {
  if (difference === null) return ["", "", ""];
  const { pnl_per_contract: each, pnl_per_contract_interval: range, windows } = difference;
  return [
    dollarText(difference.pnl),
    each === null ? "-" : centText(each),
    range === null || windows < ENOUGH_WINDOWS ? "-" : centRange(range).slice(0, -1),
  ];
}

function notes(exits: readonly ExitData[], base: string): readonly string[] {
  const differences = exits.flatMap(({ difference }) => difference ?? []);
  const unpaired = Math.max(0, ...differences.map((each) => each.unpaired_windows));
  const windows = Math.max(0, ...differences.map((each) => each.windows));
  return [
    ...(differences.length === 0 ? [`${base} did not trade: there is nothing to compare.`] : []),
    ...(differences.length > 0 && windows < ENOUGH_WINDOWS
      ? [`Only ${windowsWere(windows)} traded: too few for a difference to mean anything.`]
      : []),
    ...(windows >= ENOUGH_WINDOWS && differences.every(isWithinLuck)
      ? [`No exit differs from ${base} by more than luck would make it.`]
      : []),
    ...(unpaired > 0
      ? [
          `In as many as ${unpaired} of ${windows} windows an exit led to other entries; what differs there is not the exit alone.`,
        ]
      : []),
  ];
}

function isWithinLuck({ pnl_per_contract_interval: range }: DifferenceData): boolean {
  return range === null || (Number(range.lower) <= 0 && Number(range.upper) >= 0);
}
