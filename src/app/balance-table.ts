import type { ControlTotals } from "../core/tax-year.ts";
import { formatMoney, type Money, money } from "../core/units.ts";
import { type Listing, left, right } from "./ledger-text.ts";
import { usd } from "./trading-report.ts";

export interface BalanceLine {
  readonly mode: string;
  /** First run on a simulated account; null for the live one. */
  readonly account: number | null;
  /** What it began with; null where nobody has said so. */
  readonly opening: Money | null;
  /** Deposits less withdrawals. */
  readonly moved: Money;
  readonly totals: ControlTotals;
}

/** Cash that trading moved, beside what was there and what was paid in and out. */
export function balanceTable(lines: readonly BalanceLine[]): Listing {
  return {
    empty: "nothing was traded yet",
    rows: lines.map((line) => {
      const { balance, traded } = sumsOf(line);
      const { fees, gain, openAfter } = line.totals;
      return {
        mode: line.mode,
        account_run: line.account,
        opening: line.opening === null ? null : formatMoney(line.opening),
        moved: formatMoney(line.moved),
        traded: formatMoney(traded),
        balance: balance === null ? null : formatMoney(balance),
        held_at_cost: formatMoney(openAfter),
        realized: formatMoney(gain),
        fees_of_closed: formatMoney(fees),
      };
    }),
    table: {
      columns: [
        left("account"),
        right("opening $"),
        right("moved $"),
        right("traded $"),
        right("balance $"),
        right("held at cost $"),
        right("P&L $"),
      ],
      rows: lines.map((line) => {
        const { balance, traded } = sumsOf(line);
        return [
          line.account === null ? line.mode : `${line.mode} of run ${line.account}`,
          line.opening === null ? "" : usd(line.opening),
          usd(line.moved),
          usd(traded),
          balance === null ? "" : usd(balance),
          usd(line.totals.openAfter),
          usd(line.totals.gain),
        ];
      }),
    },
  };
}

function sumsOf({ moved, opening, totals }: BalanceLine) {
  const traded = money(totals.cash + totals.paired);
  return { traded, balance: opening === null ? null : money(opening + moved + traded) };
}
