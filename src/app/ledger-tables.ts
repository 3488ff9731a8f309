import { shortTime } from "../core/iso-time.ts";
import type { MarketResult } from "../core/market.ts";
import type { FillClass, LedgerRecord, OrderRecord } from "../core/records.ts";
import { resultWord, yesPayoutOf } from "../core/settlement.ts";
import {
  formatMoney,
  formatPrice,
  formatQty,
  type Ms,
  type Price,
  type Qty,
} from "../core/units.ts";
import { cents, contracts, type Listing, left, right, time } from "./ledger-text.ts";
import { usd } from "./trading-report.ts";

// Rows of the ledger for people (a table) and for programs (decimal strings, ISO times plus `_ms`; contract §1).

function whatOf({ action, cost, provisional, qty: count, side, status }: LedgerLine): string {
  if (action === "settle") {
    if (count === 0 && cost !== 0) return `corrected ${status}`;
    if (count === 0) return `${provisional === 1 ? "confirmed" : "final"} ${status}`;
    return `${provisional === 1 ? "provisional" : "settled"} ${status}`;
  }
  return count === 0 ? `${side} no fill` : `${action} ${side}`;
}

type LedgerLine = Omit<LedgerRecord, "payload" | "source" | "ruling"> & {
  readonly provisional: number;
  readonly ledgerId: number;
  readonly runId: number | null;
  readonly mode: string;
  readonly fillClass: FillClass | null;
};

export function tradesTable(lines: readonly LedgerLine[]): Listing {
  // Who trades in one mode only, as nearly everybody does, need not read its name on every line.
  const isMixed = new Set(lines.map(({ mode }) => mode)).size > 1;
  // What the exchange itself reported needs no reason to be believed.
  const isSimulated = lines.some(({ fillClass }) => fillClass !== null);
  return {
    empty: "no trades yet; kbt paper --sim makes some",
    rows: lines.map((line) => ({
      ledger_id: line.ledgerId,
      run_id: line.runId,
      mode: line.mode,
      ...time("at", line.atMs),
      action: line.action,
      side: line.side,
      ticker: line.ticker,
      price: line.price === null ? null : formatPrice(line.price),
      qty: formatQty(line.qty),
      cost: formatMoney(line.cost),
      pnl: line.pnl === null ? null : formatMoney(line.pnl),
      fill_class: line.fillClass,
      status: line.status,
      provisional: line.provisional === 1,
      strategy: line.strategy,
      order_id: line.orderId,
    })),
    table: {
      columns: [
        left("time UTC"),
        ...(isMixed ? [left("mode")] : []),
        left("what"),
        ...(isSimulated ? [left("fill")] : []),
        left("market"),
        right("at c"),
        right("qty"),
        right("cost $"),
        right("P&L $"),
      ],
      rows: lines.map((line) => [
        shortTime(line.atMs),
        ...(isMixed ? [line.mode] : []),
        whatOf(line),
        ...(isSimulated ? [line.fillClass ?? ""] : []),
        line.ticker,
        line.price === null ? "" : cents(line.price),
        contracts(line.qty),
        usd(line.cost),
        line.pnl === null ? "" : usd(line.pnl),
      ]),
    },
  };
}

type OrderLine = OrderRecord & {
  readonly runId: number;
  readonly mode: string;
  readonly filledQty: Qty;
  readonly reason: string;
};

export function ordersTable(lines: readonly OrderLine[]): Listing {
  return {
    empty: "no orders yet",
    rows: lines.map((line) => ({
      order_id: line.orderId,
      client_order_id: line.clientOrderId,
      run_id: line.runId,
      mode: line.mode,
      strategy: line.strategy,
      opportunity_id: line.opportunityId,
      ticker: line.ticker,
      side: line.side,
      action: line.action,
      price: formatPrice(line.price),
      qty: formatQty(line.qty),
      filled_qty: formatQty(line.filledQty),
      state: line.state,
      reason: line.reason,
      ...time("created", line.createdMs),
    })),
    table: {
      columns: [
        left("time UTC"),
        left("order"),
        left("what"),
        left("market"),
        right("limit c"),
        right("filled"),
        left("state"),
      ],
      rows: lines.map((line) => [
        shortTime(line.createdMs),
        line.orderId,
        `${line.action} ${line.side}`,
        line.ticker,
        cents(line.price),
        `${contracts(line.filledQty)}/${contracts(line.qty)}`,
        line.reason === "" ? line.state : line.reason,
      ]),
    },
  };
}

interface SettlementLine {
  readonly ticker: string;
  readonly eventTicker: string;
  readonly result: MarketResult;
  readonly yesPayout: Price | null;
  readonly expirationValue: string | null;
  readonly settledMs: Ms;
  readonly final: boolean;
  readonly source: string;
  readonly revision: number;
}

function payout(line: Pick<SettlementLine, "result" | "yesPayout">): string | null {
  const yesPayout = yesPayoutOf(line);
  return yesPayout === null ? null : formatPrice(yesPayout);
}

/** `yes`, or `scalar 50c`: what neither YES nor NO pays is not in its name. */
function paysText({ result, yesPayout }: SettlementLine): string {
  const isPlain = result === "yes" || result === "no" || yesPayout === null;
  return isPlain ? resultWord(result) : `${resultWord(result)} ${cents(yesPayout)}c`;
}

export function settlementsTable(lines: readonly SettlementLine[]): Listing {
  return {
    empty: "no settlements yet; kbt ledger settle imports them",
    rows: lines.map((line) => ({
      ticker: line.ticker,
      event_ticker: line.eventTicker,
      result: line.result,
      yes_payout: payout(line),
      expiration_value: line.expirationValue,
      ...time("settled", line.settledMs),
      final: line.final,
      source: line.source,
      revision: line.revision,
    })),
    table: {
      columns: [
        left("settled UTC"),
        left("market"),
        left("result"),
        right("value $"),
        left("state"),
      ],
      rows: lines.map((line) => [
        shortTime(line.settledMs),
        line.ticker,
        paysText(line),
        line.expirationValue ?? "",
        line.final ? "final" : "provisional",
      ]),
    },
  };
}
