import type { BookedLeg, BookedMarket, EndedOrder } from "../../../core/reconcile.ts";
import { yesPayoutOf } from "../../../core/settlement.ts";
import type { TradingMode } from "../audit-rows.ts";
import type { Reader } from "../open.ts";
import { allPaid } from "../paid-positions.ts";
import { type FillRow, listFills } from "./orders.ts";
import { settlementsOnFile } from "./positions.ts";
import { reading } from "./read.ts";

/** Every witness of one market on one account. */
export interface WitnessedMarket extends BookedMarket {
  readonly mode: TradingMode;
  /** First run on the simulated account; null for live. */
  readonly account: number | null;
  readonly fills: readonly FillRow[];
}

interface Witnesses {
  readonly markets: readonly WitnessedMarket[];
  readonly orders: readonly EndedOrder[];
}

/** What the file says of the same money in its several places, as of one moment. */
export function readWitnesses(reader: Reader, mode: TradingMode | undefined): Witnesses {
  const look = reader.db.transaction(
    (): Witnesses => ({
      markets: marketsOf(reader, mode),
      orders: endedOrders(reader, mode),
    }),
  );
  return reading(reader, look);
}

interface Building {
  readonly mode: TradingMode;
  readonly account: number | null;
  readonly ticker: string;
  readonly fills: FillRow[];
  readonly legs: BookedLeg[];
}

function marketsOf(reader: Reader, mode: TradingMode | undefined): WitnessedMarket[] {
  const accounts = new Map(
    reader.db.prepare<[], [number, number]>("SELECT run_id, account FROM run_accounts").raw().all(),
  );
  const markets = new Map<string, Building>();
  const of = (where: { mode: TradingMode; runId: number | null; ticker: string }): Building => {
    const { runId, ticker } = where;
    const account = where.mode === "live" || runId === null ? null : (accounts.get(runId) ?? runId);
    const key = `${where.mode} ${account} ${ticker}`;
    const known = markets.get(key) ?? { mode: where.mode, account, ticker, fills: [], legs: [] };
    markets.set(key, known);
    return known;
  };
  for (const fill of listFills(reader, { mode }).toReversed()) of(fill).fills.push(fill);
  for (const leg of legs(reader, mode)) of(leg).legs.push(leg);
  const paid = new Map(
    allPaid(reader.db).map((one) => [`${one.mode} ${one.runId} ${one.ruling.ticker}`, one]),
  );
  const found = [...markets.values()];
  const settled = settlementsOnFile(
    reader,
    found.map(({ ticker }) => ticker),
  );
  return found.map((market) => {
    const onFile = settled.get(market.ticker);
    return {
      ...market,
      paid: paid.get(`${market.mode} ${market.account} ${market.ticker}`),
      finalPayout: onFile?.final === true ? yesPayoutOf(onFile) : null,
    };
  });
}

type LegRow = BookedLeg & {
  readonly mode: TradingMode;
  readonly runId: number | null;
  readonly ticker: string;
};

function legs(reader: Reader, mode: TradingMode | undefined): LegRow[] {
  return reader.db
    .prepare<[string | null], LegRow>(
      `SELECT mode, run_id AS runId, ticker, ledger_id AS ledgerId, at_ms AS atMs, action, side, price_cc AS price,
         qty_cq AS qty, cost_ud AS cost, pnl_ud AS pnl, strategy, order_id AS orderId,
         payload_json ->> '$.fill_id' AS fillId
       FROM trade_ledger WHERE (qty_cq > 0 OR cost_ud <> 0) AND mode = coalesce(?, mode)
       ORDER BY at_ms, action = 'settle', ledger_id`,
    )
    .all(mode ?? null);
}

/** What has not ended may be between its fill and the note of it. */
function endedOrders(reader: Reader, mode: TradingMode | undefined): EndedOrder[] {
  return reader.db
    .prepare<[string | null], EndedOrder>(
      `SELECT o.order_id AS orderId, o.mode, o.ticker, o.qty_cq AS qty, o.filled_qty_cq AS filledQty,
         coalesce(sum(f.qty_cq), 0) AS fillsQty
       FROM orders o LEFT JOIN fills f ON f.order_id = o.order_id
       WHERE o.state NOT IN ('pending', 'resting', 'unknown') AND o.mode = coalesce(?, o.mode)
       GROUP BY o.order_id`,
    )
    .all(mode ?? null);
}
