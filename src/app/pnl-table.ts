import { formatMoney, type Money } from "../core/units.ts";
import { type Listing, left, right } from "./ledger-text.ts";
import { usd } from "./trading-report.ts";

export interface PnlLine {
  readonly mode: string;
  readonly key: string;
  readonly closed: number;
  readonly wins: number;
  readonly losses: number;
  readonly pnl: Money;
  readonly pessimistic: Money | null;
  readonly optimistic: Money | null;
  readonly bought: Money;
  readonly fees: GroupFees;
}

/** Fees of a group's fills, of those that closed nothing yet too. */
export interface GroupFees {
  readonly charged: Money;
  /** By the schedule of their time; null where that is not on file for one of them. */
  readonly modelled: Money | null;
}

export function pnlTable(lines: readonly PnlLine[]): Listing {
  const isRange = lines.some(({ pessimistic }) => pessimistic !== null);
  const isMixed = new Set(lines.map(({ mode }) => mode)).size > 1;
  return {
    empty: "nothing has been closed or settled yet",
    rows: lines.map(pnlData),
    table: {
      columns: [
        ...(isMixed ? [left("mode")] : []),
        left("by"),
        right("closed"),
        right("won"),
        right("lost"),
        ...(isRange ? [] : [right("bought $")]),
        right("fees $"),
        right("modelled $"),
        right(isRange ? "worst … P&L $ … best" : "P&L $"),
      ],
      rows: lines.map((line) => [
        ...(isMixed ? [line.mode] : []),
        line.key,
        String(line.closed),
        String(line.wins),
        String(line.losses),
        ...(isRange ? [] : [usd(line.bought)]),
        usd(line.fees.charged),
        line.fees.modelled === null ? "" : usd(line.fees.modelled),
        [line.pessimistic, line.pnl, line.optimistic]
          .flatMap((end) => (end === null ? [] : [usd(end)]))
          .join(" … "),
      ]),
    },
  };
}

function pnlData(line: PnlLine): unknown {
  const { charged, modelled } = line.fees;
  return {
    mode: line.mode,
    key: line.key,
    closed: line.closed,
    wins: line.wins,
    losses: line.losses,
    pnl: formatMoney(line.pnl),
    pnl_pessimistic: line.pessimistic === null ? null : formatMoney(line.pessimistic),
    pnl_optimistic: line.optimistic === null ? null : formatMoney(line.optimistic),
    bought: formatMoney(line.bought),
    fees: formatMoney(charged),
    fees_modelled: modelled === null ? null : formatMoney(modelled),
  };
}
