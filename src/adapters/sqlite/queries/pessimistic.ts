import { DAY_MS } from "../../../core/iso-time.ts";
import type { PessimisticLeg } from "../../../core/records.ts";
import type { Ms } from "../../../core/units.ts";
import type { TradingMode } from "../audit-rows.ts";
import type { Reader } from "../open.ts";
import { LEG_COLUMNS, legOf, type StoredLeg } from "../pessimistic-rows.ts";
import { type OnFile, settlementsOnFile } from "./positions.ts";
import { reading } from "./read.ts";

/** Everything that the pessimistic account of some runs did in one market. */
export interface PessimisticMarket {
  /** First run on the account. */
  readonly account: number;
  readonly mode: TradingMode;
  readonly ticker: string;
  /** In the order in which they were written. */
  readonly legs: readonly PessimisticLeg[];
  /** The newest on file. */
  readonly settlement: OnFile | null;
}

interface Owned {
  readonly account: number;
  readonly mode: TradingMode;
}

/** By account and market. */
export function pessimisticMarkets(reader: Reader): PessimisticMarket[] {
  return reading(reader, () => {
    const rows = reader.db
      .prepare<[], StoredLeg & Owned>(
        `SELECT coalesce(a.account, l.run_id) AS account, l.mode, ${LEG_COLUMNS}
         FROM pessimistic_legs l LEFT JOIN run_accounts a USING (run_id) ORDER BY l.leg_id`,
      )
      .iterate();
    const markets = new Map<string, { readonly of: Owned; readonly legs: PessimisticLeg[] }>();
    for (const { account, mode, ...row } of rows) {
      const key = `${account} ${row.ticker}`;
      const market = markets.get(key) ?? { of: { account, mode }, legs: [] };
      markets.set(key, market);
      market.legs.push(legOf(row));
    }
    const found = [...markets.values()].flatMap(({ legs, of }) => {
      const [first] = legs;
      return first === undefined ? [] : [{ ...of, ticker: first.ticker, legs }];
    });
    const settled = settlementsOnFile(
      reader,
      found.map(({ ticker }) => ticker),
    );
    return found.map((each) => ({ ...each, settlement: settled.get(each.ticker) ?? null }));
  });
}

/**
 * What the pessimistic account of earlier runs did in markets that are open or closed within the last day; the rest is left
 * to `ledger settle`. Later legs than `nowMs` are not there, as in past-trading.ts.
 */
export function pastShadow(reader: Reader, account: number, nowMs: Ms): PessimisticLeg[] {
  return reading(reader, () =>
    reader.db
      .prepare<{ account: number; nowMs: Ms; since: Ms }, StoredLeg>(
        `SELECT ${LEG_COLUMNS} FROM pessimistic_legs l JOIN run_accounts a USING (run_id)
         JOIN kalshi_markets k ON k.ticker = l.ticker
         WHERE a.account = :account AND l.at_ms <= :nowMs AND k.close_ms > :since ORDER BY l.leg_id`,
      )
      .all({ account, nowMs, since: nowMs - DAY_MS })
      .map(legOf),
  );
}
