import { openReader } from "../../../src/adapters/sqlite/open.ts";
import type { FillRecord } from "../../../src/core/records.ts";
import type { Filed } from "./judge.ts";

interface OrderRow {
  readonly orderId: string;
  readonly clientOrderId: string;
  readonly strategy: string;
  readonly isOpen: number;
}

/** What a real database holds of live orders, for the judge. */
export function filedRows(path: string): Filed {
  const reader = openReader(path, { segments: false });
  try {
    const { db } = reader;
    const orders = db
      .prepare<[], OrderRow>(
        `SELECT order_id AS orderId, client_order_id AS clientOrderId, strategy,
           state IN ('pending', 'resting', 'unknown') AS isOpen FROM orders WHERE mode = 'live'`,
      )
      .all();
    const fills = db
      .prepare<[], FillRecord>(
        `SELECT fill_id AS fillId, order_id AS orderId, ticker, side, action, price_cc AS price, qty_cq AS qty,
           fee_ud AS fee, is_taker AS isTaker, fill_class AS fillClass, at_ms AS atMs FROM fills WHERE mode = 'live'`,
      )
      .all();
    const ledger = db
      .prepare<
        [],
        { readonly strategy: string; readonly fillId: string | null; readonly told: string | null }
      >(
        `SELECT strategy, json_extract(payload_json, '$.fill_id') AS fillId,
           json_extract(payload_json, '$.told') AS told FROM trade_ledger
         WHERE mode = 'live' AND action <> 'settle'`,
      )
      .all()
      .map(({ fillId, strategy, told }) => ({
        strategy,
        payload: { fill_id: fillId, told: told ?? undefined },
      }));
    const open = orders.filter(({ isOpen }) => isOpen === 1);
    return { orders, fills, ledger, repeated: [], openOrders: () => open };
  } finally {
    reader.close();
  }
}
