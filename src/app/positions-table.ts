import { type Lots, totalsOf } from "../core/lots.ts";
import {
  complement,
  costOf,
  formatDecimal,
  formatMoney,
  formatPrice,
  formatQty,
  type Money,
  type Ms,
  money,
  PRICE_ONE,
  type Price,
  type Qty,
  qty,
} from "../core/units.ts";
import { cents, contracts, type Listing, left, right, time } from "./ledger-text.ts";
import { usd } from "./trading-report.ts";

interface PositionLine {
  readonly mode: string;
  readonly runId: number | null;
  readonly ticker: string;
  readonly strategy: string;
  readonly qty: Qty;
  readonly fees: Money;
  readonly openedMs: Ms;
  readonly closeMs: Ms | null;
  /** First in, first out. */
  readonly lots: Pick<Lots, "open" | "closed">;
  readonly mark: {
    readonly yesBid: Price | null;
    readonly yesAsk: Price | null;
    readonly atMs: Ms;
  } | null;
}

/** What is held: what it cost, what it must pay, what it would fetch now, and at most. */
export function positionsTable(lines: readonly PositionLine[]): Listing {
  const isMixed = new Set(lines.map(({ mode }) => mode)).size > 1;
  return {
    empty: "no open positions",
    rows: lines.map(positionData),
    table: {
      columns: [
        left("market"),
        ...(isMixed ? [left("mode")] : []),
        right("held"),
        right("cost $"),
        right("even c"),
        right("mark c"),
        right("P&L $"),
        right("pays $"),
      ],
      rows: lines.map((line) => {
        const { bid, cost, evenCc, pays, pnl } = valueOf(line);
        return [
          line.ticker,
          ...(isMixed ? [line.mode] : []),
          `${line.qty < 0 ? "no" : "yes"} ${contracts(qty(Math.abs(line.qty)))}`,
          usd(cost),
          evenCc === null ? "" : formatDecimal(Math.round(evenCc / 10), 1),
          bid === null ? "" : cents(bid),
          pnl === null ? "" : usd(pnl),
          usd(pays),
        ];
      }),
    },
  };
}

function positionData(line: PositionLine): unknown {
  const { bid, cost, evenCc, pays, pnl, realised } = valueOf(line);
  return {
    mode: line.mode,
    run_id: line.runId,
    ticker: line.ticker,
    strategy: line.strategy,
    qty: formatQty(line.qty),
    cost: formatMoney(cost),
    break_even: evenCc === null ? null : formatDecimal(evenCc, 4),
    max_payout: formatMoney(pays),
    mark: bid === null ? null : formatPrice(bid),
    ...time("mark_at", line.mark?.atMs ?? null),
    pnl_open: pnl === null ? null : formatMoney(pnl),
    realized: formatMoney(realised),
    fees: formatMoney(line.fees),
    ...time("opened", line.openedMs),
    ...time("close", line.closeMs),
  };
}

function valueOf({ lots, mark, qty: held }: PositionLine) {
  const { gain, open } = totalsOf(lots);
  const size = qty(Math.abs(held));
  const bid = bidFor(held, mark);
  return {
    cost: open,
    realised: gain,
    /** What a contract must pay for the position to lose nothing, rounded up: with less it does. */
    evenCc: size === 0 ? null : Math.ceil(open / size),
    pays: costOf(PRICE_ONE, size),
    bid,
    /** Sold at the mark, before the fee of selling. */
    pnl: bid === null ? null : money(costOf(bid, size) - open),
  };
}

/** What somebody last offered for the side that is held; a mid would value what nobody pays. */
function bidFor(held: Qty, mark: PositionLine["mark"]): Price | null {
  if (mark === null) return null;
  if (held > 0) return mark.yesBid;
  return mark.yesAsk === null ? null : complement(mark.yesAsk);
}
