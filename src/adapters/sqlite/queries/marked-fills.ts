import { HORIZONS_S, type MarkedFill, midOf } from "../../../core/markout.ts";
import { yesPayoutOf } from "../../../core/settlement.ts";
import type { Ms, Price } from "../../../core/units.ts";
import { EV_PER_RUN } from "../numbering.ts";
import type { Reader } from "../open.ts";
import { evaluationsAfter } from "./evaluation-times.ts";
import type { LedgerFilter } from "./ledger.ts";
import { type FillRow, listFills } from "./orders.ts";
import { settlementsOnFile } from "./positions.ts";
import { reading } from "./read.ts";

/** A market that is looked at is looked at every second; an older touch than this is not that of the moment. */
const LOOK_AGE_MS = 3_000;

interface Look {
  readonly yesBid: Price | null;
  readonly yesAsk: Price | null;
  readonly atMs: Ms;
}

interface Decision extends Look {
  readonly assumed: number | null;
  readonly createdMs: Ms;
}

/** Fills, newest first, with the touches at and after each. */
export function markedFills(
  reader: Reader,
  filter: LedgerFilter,
): (FillRow & Omit<MarkedFill, keyof FillRow>)[] {
  const fills = listFills(reader, filter);
  const touchAt = looks(reader);
  const decisionOf = decisions(reader);
  const settled = settlementsOnFile(
    reader,
    fills.map(({ ticker }) => ticker),
  );
  return reading(reader, () =>
    fills.map((fill) => {
      const decision = decisionOf(fill.orderId);
      const said = settled.get(fill.ticker);
      // Later orders of an exit do not go by the touch with which it began.
      const isOwn = decision !== undefined && decision.createdMs === decision.atMs;
      return {
        ...fill,
        decided: isOwn ? decision : null,
        assumed: isOwn ? decision.assumed : null,
        mids: [0, ...HORIZONS_S].map((seconds) => {
          const look = touchAt(fill, fill.atMs + seconds * 1_000);
          return look === null ? null : midOf(look);
        }),
        yesPayout: said?.final === true ? yesPayoutOf(said) : null,
      };
    }),
  );
}

/** The touch of a market at a time, by the evaluations of the fill's run. */
function looks(reader: Reader): (fill: FillRow, atMs: Ms) => Look | null {
  const firstAfter = evaluationsAfter(reader);
  const before = reader.db.prepare<[number, number, Ms, string], Look>(
    `SELECT e.yes_bid_cc AS yesBid, e.yes_ask_cc AS yesAsk, r.started_ms + e.dt_ms AS atMs FROM evaluations e
     JOIN runs r ON r.run_id = e.opportunity_id / ${EV_PER_RUN}
     WHERE e.opportunity_id >= ? AND e.opportunity_id < ? AND r.started_ms + e.dt_ms >= ?
       AND e.market_id = (SELECT market_id FROM market_ids WHERE ticker = ?)
     ORDER BY e.opportunity_id DESC LIMIT 1`,
  );
  return ({ runId, ticker }, atMs) => {
    const [from, to] = [firstAfter(runId, atMs - LOOK_AGE_MS), firstAfter(runId, atMs)];
    return before.get(from, to, atMs - LOOK_AGE_MS, ticker) ?? null;
  };
}

/** What an order was decided by: its touch, and what it was charged beyond price and fee. */
function decisions(reader: Reader): (orderId: string) => Decision | undefined {
  const find = reader.db.prepare<[string], Decision>(
    `SELECT e.yes_bid_cc AS yesBid, e.yes_ask_cc AS yesAsk, r.started_ms + e.dt_ms AS atMs, i.created_ms AS createdMs,
       CASE WHEN i.action = 'buy' THEN
         CASE i.side WHEN 'yes' THEN coalesce(x.p_strategy, e.p_model_e9 / 1e9)
           ELSE 1 - coalesce(x.p_strategy, e.p_model_e9 / 1e9) END - (e.cost_ud + e.ev_ud) / 1e6 END AS assumed
     FROM order_intents i JOIN evaluations e ON e.opportunity_id = i.opportunity_id
     LEFT JOIN evaluation_extras x ON x.opportunity_id = i.opportunity_id
     JOIN runs r ON r.run_id = i.run_id WHERE i.order_id = ?`,
  );
  return (orderId) => find.get(orderId);
}
