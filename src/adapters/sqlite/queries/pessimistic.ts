import type { MarketResult } from "../../../core/market.ts";
import type { FillRecord, PessimisticLeg } from "../../../core/records.ts";
import type { PastShadowFill } from "../../../core/sim/shadow.ts";
import type { Money, Ms, Price } from "../../../core/units.ts";
import type { TradingMode } from "../audit-rows.ts";
import type { Reader } from "../open.ts";
import { reading } from "./read.ts";

/** Legs in the order in which they happened, with the first run on the account that they belong to. */
const LEGS = `SELECT l.leg_id AS legId, coalesce(a.account, l.run_id) AS account, l.mode, l.at_ms AS atMs, l.ticker, l.strategy,
    l.order_id AS orderId, l.action, l.side, l.price_cc AS price, l.qty_cq AS qty, l.fee_ud AS fee, l.pnl_ud AS pnl
  FROM pessimistic_legs l LEFT JOIN run_accounts a USING (run_id)`;

type Leg = PessimisticLeg & {
  readonly legId: number;
  readonly account: number;
  readonly mode: TradingMode;
};

/** The fills of an account in one market that has not settled. */
export interface PessimisticHolding {
  readonly account: number;
  readonly mode: TradingMode;
  readonly ticker: string;
  readonly strategy: string;
  readonly fills: readonly FillRecord[];
  readonly settlement: { readonly result: MarketResult; readonly settledMs: Ms } | null;
}

/** What is held pessimistically, by account and market, with the market's final result where there is one. */
export function pessimisticHoldings(reader: Reader): PessimisticHolding[] {
  return reading(reader, () => {
    const legs = reader.db
      .prepare<[], Leg>(
        `${LEGS} WHERE NOT EXISTS (SELECT 1 FROM pessimistic_legs s LEFT JOIN run_accounts b USING (run_id)
           WHERE s.ticker = l.ticker AND s.action = 'settle'
             AND coalesce(b.account, s.run_id) = coalesce(a.account, l.run_id)) ORDER BY l.leg_id`,
      )
      .all();
    const settled = reader.db.prepare<[string], { result: MarketResult; settledMs: Ms }>(
      "SELECT result, settled_ms AS settledMs FROM settlements WHERE ticker = ? AND final = 1",
    );
    const held = new Map<string, { readonly first: Leg; readonly fills: FillRecord[] }>();
    for (const leg of legs) {
      const key = `${leg.account} ${leg.ticker}`;
      const holding = held.get(key) ?? { first: leg, fills: [] };
      held.set(key, holding);
      holding.fills.push(...fillOf(leg));
    }
    return [...held.values()].map(({ fills, first }) => {
      const { account, mode, strategy, ticker } = first;
      return { account, mode, ticker, strategy, fills, settlement: settled.get(ticker) ?? null };
    });
  });
}

/** What the pessimistic account of earlier runs left open. Later legs than `nowMs` are not there, as in past-trading.ts. */
export function pastShadow(reader: Reader, account: number, nowMs: Ms): PastShadowFill[] {
  const legs = reading(reader, () =>
    reader.db
      .prepare<{ account: number; nowMs: Ms }, Leg>(
        `${LEGS} JOIN kalshi_markets k ON k.ticker = l.ticker
         WHERE a.account = :account AND l.at_ms <= :nowMs AND k.close_ms > :nowMs AND l.ticker NOT IN (
           SELECT s.ticker FROM pessimistic_legs s JOIN run_accounts b USING (run_id)
           WHERE b.account = :account AND s.action = 'settle')
         ORDER BY l.leg_id`,
      )
      .all({ account, nowMs }),
  );
  return legs.flatMap((leg) => fillOf(leg).map((fill) => ({ fill, strategy: leg.strategy })));
}

function fillOf(leg: Leg): FillRecord[] {
  const { action, atMs, fee, legId, orderId, price, qty, side, ticker } = leg;
  if (action === "settle" || orderId === null || price === null) return [];
  const terms: { price: Price; fee: Money } = { price, fee };
  const fillId = `pessimistic ${legId}`;
  // What it rested on is nothing that is looked at again.
  const kind = { isTaker: false, fillClass: null };
  return [{ fillId, orderId, ticker, side, action, qty, ...terms, ...kind, atMs }];
}
