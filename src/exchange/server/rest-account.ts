import { formatDecimal } from "../../core/units.ts";
import { type Call, failed, integerParam, isReply, ok, pageOf, type Reply } from "./query.ts";
import { utcText } from "./time-text.ts";

/** Cash of the one account, by shard, in centicents: $1000 where crypto trades and nothing elsewhere. */
const CASH_BY_SHARD: ReadonlyMap<number, number> = new Map([
  [0, 0],
  [2, 10_000_000],
]);
const SHARD_NAMES: ReadonlyMap<number, string> = new Map([
  [0, "Default"],
  [2, "Crypto"],
]);
const HISTORY_MS = 90 * 86_400_000;
const ENDPOINT_COSTS = {
  default_cost: 10,
  endpoint_costs: [
    { cost: 2, method: "DELETE", path: "/trade-api/v2/portfolio/events/orders/:order_id" },
    { cost: 2, method: "DELETE", path: "/trade-api/v2/portfolio/events/orders/batched" },
    { cost: 2, method: "GET", path: "/trade-api/v2/portfolio/orders/:order_id" },
    { cost: 50, method: "GET", path: "/trade-api/v2/cfbenchmarks/*endpoint" },
  ],
};

export function getStatus(): Reply {
  const flags = {
    exchange_active: true,
    trading_active: true,
    intra_exchange_transfers_active: true,
  };
  const shards = [...SHARD_NAMES].map(([exchange_index, description]) =>
    Object.assign({ exchange_index, description }, flags),
  );
  return ok({ ...flags, exchange_index_statuses: shards });
}

export function getSchedule(): Reply {
  const allDay = [{ open_time: "00:00", close_time: "00:00" }];
  const days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
  const hours = {
    start_time: "2026-01-01T05:00:00Z",
    end_time: "2027-01-01T05:00:00Z",
    ...Object.fromEntries(days.map((day) => [day, allDay])),
  };
  return ok({ schedule: { standard_hours: [hours], maintenance_windows: [] } });
}

export function getUserDataTimestamp(call: Call): Reply {
  return ok({ as_of_time: utcText(call.nowMs) });
}

export function getHistoricalCutoff(call: Call): Reply {
  const cutoff = utcText(Math.floor((call.world.startMs - HISTORY_MS) / 86_400_000) * 86_400_000);
  return ok({
    market_settled_ts: cutoff,
    trades_created_ts: cutoff,
    orders_updated_ts: cutoff,
    market_positions_last_updated_ts: cutoff,
  });
}

export function getEndpointCosts(): Reply {
  return ok(ENDPOINT_COSTS);
}

export function getLimits(): Reply {
  return ok({
    grants: [],
    read: { bucket_capacity: 200, refill_rate: 200 },
    usage_tier: "basic",
    write: { bucket_capacity: 100, refill_rate: 100 },
  });
}

export function getBalance(call: Call): Reply {
  const shard = integerParam(call.query, "exchange_index", "GetBalance");
  if (isReply(shard)) return shard;
  const shown = [...CASH_BY_SHARD].filter(([index]) => shard === undefined || index === shard);
  const totalCc = shown.reduce((sum, [, cc]) => sum + cc, 0);
  return ok({
    balance: Math.trunc(totalCc / 100),
    balance_dollars: formatDecimal(totalCc, 4),
    portfolio_value: 0,
    updated_ts: Math.floor(call.nowMs / 1000),
    balance_breakdown: shown.map(([exchange_index, cc]) => ({
      exchange_index,
      balance: formatDecimal(cc, 4),
    })),
  });
}

function emptyList(operation: string, names: readonly string[]): (call: Call) => Reply {
  return (call) => {
    const rule = { operation, defaultLimit: 100, maxLimit: 1000 };
    const page = pageOf<never>([], String, call.query, rule);
    if (isReply(page)) return page;
    return ok({ ...Object.fromEntries(names.map((name) => [name, []])), cursor: "" });
  };
}

export const listPositions = emptyList("GetPositions", ["market_positions", "event_positions"]);
export const listFills = emptyList("GetFills", ["fills"]);
export const listOrders = emptyList("GetOrders", ["orders"]);
export const listSettlements = emptyList("GetSettlements", ["settlements"]);

export function noFeeChanges(): Reply {
  return ok({ series_fee_change_arr: [] });
}

export function noEventFeeChanges(): Reply {
  return ok({ event_fee_changes: [], cursor: "" });
}

export function noQueuePositions(): Reply {
  return ok({ queue_positions: [] });
}

export function orderNotFound(): Reply {
  return failed(404, "not_found");
}

/** Every write is refused: this exchange serves market data and settlement. */
export function refuseOrders(): Reply {
  return failed(409, "trading_is_paused");
}

export function refuseLegacyOrders(): Reply {
  return failed(410, "deprecated_v1_order_endpoint");
}
