// What the account has (kalshi.md §2.8): cash, positions, fills, settlements, as late as all reads of the account.

import { formatDecimal } from "../../core/units.ts";
import type { Position } from "../trading/types.ts";
import type { WorldMarket } from "../world.ts";
import type { Archive } from "./archive.ts";
import {
  centsOf,
  eventPositionJson,
  fillJson,
  marketPositionJson,
  settlementJson,
} from "./order-json.ts";
import { lately, listPage, listTest, subaccountParam, type Tier } from "./portfolio-query.ts";
import { badParameter, integerParam, isReply, listParam, ok } from "./query.ts";
import type { Call, Reply, Route } from "./route.ts";

const DOLLAR_CC = 10_000;

export function portfolioRoutes(archive: Archive): readonly Route[] {
  const get = { method: "GET", access: "read" } as const;
  const tiers = (live: string, historical: string, list: TierList): readonly Route[] => [
    { ...get, path: live, handle: lately((call) => list(call, archive, "live")) },
    { ...get, path: historical, handle: lately((call) => list(call, archive, "historical")) },
  ];
  return [
    { ...get, path: "/portfolio/balance", access: "balance", handle: lately(getBalance) },
    ...tiers("/portfolio/positions", "/historical/positions", listPositions),
    ...tiers("/portfolio/fills", "/historical/fills", listFills),
    { ...get, path: "/portfolio/settlements", handle: lately(listSettlements) },
    {
      ...get,
      path: "/portfolio/summary/total_resting_order_value",
      handle: lately(getRestingValue),
    },
  ];
}

type TierList = (call: Call, archive: Archive, tier: Tier) => Reply;

function getBalance(call: Call): Reply {
  const operation = "GetBalance";
  const subaccount = subaccountParam(call, operation) ?? 0;
  if (isReply(subaccount)) return subaccount;
  const shard = integerParam(call.query, "exchange_index", operation);
  if (isReply(shard)) return shard;
  const isAsked = (at: { readonly exchangeIndex: number; readonly subaccount: number }): boolean =>
    at.subaccount === subaccount && (shard === undefined || at.exchangeIndex === shard);
  const balances = call.view.balances().filter(isAsked);
  const totalUd = balances.reduce((sum, { availableUd }) => sum + availableUd, 0);
  const valueUd = call.view
    .positions()
    .filter(isAsked)
    .reduce((sum, position) => sum + worthUd(position, call.world.market(position.ticker)), 0);
  return ok({
    balance: centsOf(totalUd),
    balance_breakdown: balances.map(({ availableUd, exchangeIndex }) => ({
      balance: balanceText(availableUd),
      exchange_index: exchangeIndex,
    })),
    balance_dollars: balanceText(totalUd),
    portfolio_value: centsOf(valueUd),
    updated_ts: Math.floor(Math.max(0, ...balances.map(({ atMs }) => atMs)) / 1000),
  });
}

/** Four decimals: cash always lies on $0.0001, because fees are rounded so (kalshi.md §5). */
function balanceText(ud: number): string {
  return formatDecimal(Math.trunc(ud / 100), 4);
}

// A position is valued at the last trade, as the recorded account's was: $0.99 in a market whose best bid was $0.47.
function worthUd(position: Position, market: WorldMarket | undefined): number {
  const { costUd, positionCq } = position;
  const yesCc = market?.payoutCc ?? market?.lastCc ?? null;
  if (yesCc === null) return costUd;
  return positionCq >= 0 ? positionCq * yesCc : -positionCq * (DOLLAR_CC - yesCc);
}

function listPositions(call: Call, archive: Archive, tier: Tier): Reply {
  const operation = tier === "live" ? "GetPositions" : "GetHistoricalPositions";
  const test = listTest(call, { operation, subaccount: 0 });
  if (isReply(test)) return test;
  const counts = listParam(call.query, "count_filter");
  if (counts.some((name) => name !== "position" && name !== "total_traded")) {
    return badParameter(operation, "count_filter", "oneof");
  }
  const event = call.query.get("event_ticker") ?? "";
  const items = call.view
    .positions()
    .filter(
      (position) =>
        test(position) &&
        (isArchived(call, archive, position) ? "historical" : "live") === tier &&
        (event === "" || position.eventTicker === event) &&
        (counts.length === 0 || counts.some((name) => countOf(position, name) !== 0)),
    );
  const page = listPage(call, operation, { items, idOf: tickerOf });
  if (isReply(page)) return page;
  const events = [...new Set(page.items.map(({ eventTicker }) => eventTicker))];
  return ok({
    cursor: page.cursor,
    event_positions: events.map((name) =>
      eventPositionJson(
        name,
        page.items.filter(({ eventTicker }) => eventTicker === name),
      ),
    ),
    market_positions: page.items.map(marketPositionJson),
  });
}

function isArchived(call: Call, archive: Archive, { ticker }: Position): boolean {
  const market = call.world.market(ticker);
  return market !== undefined && archive.holds(market, call.nowMs);
}

function tickerOf(position: Position): string {
  return position.ticker;
}

function countOf(position: Position, name: string): number {
  return name === "position" ? position.positionCq : position.tradedUd;
}

function listFills(call: Call, archive: Archive, tier: Tier): Reply {
  const operation = tier === "live" ? "GetFills" : "GetFillsHistorical";
  const test = listTest(call, { operation });
  if (isReply(test)) return test;
  const order = call.query.get("order_id") ?? "";
  const cutoffMs = archive.cutoffMs(call.nowMs);
  const items = call.view
    .fills()
    .filter(
      (fill) =>
        test(fill) &&
        (fill.atMs < cutoffMs ? "historical" : "live") === tier &&
        (order === "" || fill.orderId === order),
    );
  // One trade may have met several orders of the account.
  const page = listPage(call, operation, {
    items,
    idOf: ({ orderId, tradeId }) => `${tradeId} ${orderId}`,
  });
  if (isReply(page)) return page;
  return ok({ cursor: page.cursor, fills: page.items.map(fillJson) });
}

function listSettlements(call: Call): Reply {
  const operation = "GetSettlements";
  const test = listTest(call, { operation });
  if (isReply(test)) return test;
  const event = call.query.get("event_ticker") ?? "";
  const items = call.view
    .settlements()
    .filter((settlement) => test(settlement) && (event === "" || settlement.eventTicker === event));
  const page = listPage(call, operation, {
    items,
    idOf: ({ atMs, subaccount, ticker }) => `${subaccount} ${ticker} ${atMs}`,
  });
  if (isReply(page)) return page;
  return ok({ cursor: page.cursor, settlements: page.items.map(settlementJson) });
}

function getRestingValue(call: Call): Reply {
  const balances = call.view.balances().filter(({ subaccount }) => subaccount === 0);
  const totalUd = balances.reduce((sum, { reservedUd }) => sum + reservedUd, 0);
  return ok({
    resting_order_value_breakdown: balances.map((balance) => ({
      balance: balanceText(balance.reservedUd),
      exchange_index: balance.exchangeIndex,
    })),
    total_resting_order_value: centsOf(totalUd),
  });
}
