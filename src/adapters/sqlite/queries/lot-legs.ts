import type { LotLeg } from "../../../core/lots.ts";
import type { Money } from "../../../core/units.ts";
import type { TradingMode } from "../audit-rows.ts";
import type { Reader } from "../open.ts";
import { reading, where } from "./read.ts";

/** Everything that the ledger says of one market on one account. */
export interface MarketLegs {
  readonly mode: TradingMode;
  /** First run on the simulated account; null for live, whose legs belong to the account. */
  readonly account: number | null;
  readonly ticker: string;
  /** Oldest first. */
  readonly legs: readonly (LotLeg & { readonly pnl: Money | null })[];
}

type Row = MarketLegs["legs"][number] & Pick<MarketLegs, "mode" | "account" | "ticker">;

/** Legs that moved contracts or money, by mode, account and market. */
export function legsByMarket(
  reader: Reader,
  filter: { readonly mode?: TradingMode | undefined; readonly ticker?: string | undefined } = {},
): MarketLegs[] {
  const { sql, values } = where([
    ["l.mode = ?", filter.mode],
    ["l.ticker = ?", filter.ticker],
    ["(l.qty_cq > 0 OR l.cost_ud <> 0) AND ?", 1],
  ]);
  return reading(reader, () => {
    const rows = reader.db
      .prepare<unknown[], Row>(
        `SELECT l.mode, CASE l.mode WHEN 'live' THEN NULL ELSE coalesce(a.account, l.run_id) END AS account, l.ticker,
           l.ledger_id AS ledgerId, l.at_ms AS atMs, l.action, l.side, l.price_cc AS price, l.qty_cq AS qty,
           l.cost_ud AS cost, l.pnl_ud AS pnl, l.strategy
         FROM trade_ledger l LEFT JOIN run_accounts a ON a.run_id = l.run_id
         ${sql} ORDER BY l.at_ms, l.action = 'settle', l.ledger_id`,
      )
      .iterate(...values);
    const markets = new Map<string, Omit<MarketLegs, "legs"> & { readonly legs: Row[] }>();
    for (const row of rows) {
      const { account, mode, ticker } = row;
      const key = `${mode} ${account} ${ticker}`;
      const market = markets.get(key) ?? { mode, account, ticker, legs: [] };
      markets.set(key, market);
      market.legs.push(row);
    }
    return [...markets.values()];
  });
}
