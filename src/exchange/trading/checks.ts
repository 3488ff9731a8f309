// What the exchange refuses before anything happens, in the order in which it looks (kalshi.md §2.0, §2.9, §4.5).

import type { World, WorldMarket, WorldStatus } from "../world.ts";
import { type Account, isSubaccount } from "./account.ts";
import type { Groups } from "./groups.ts";
import type { OrderStore } from "./order-store.ts";
import { isOnGrid } from "./prices.ts";
import {
  INVALID_PRICE,
  invalidOrder,
  MARKET_INACTIVE,
  MARKET_NOT_ACTIVE,
  MARKET_NOT_FOUND,
  ORDER_ALREADY_EXISTS,
  TRADING_IS_PAUSED,
  USER_NOT_FOUND,
} from "./refusals.ts";
import type { Shards } from "./shards.ts";
import type { DeskRefusal, OrderRequest } from "./types.ts";

/** Far beyond any book; a price times this is still an exact number of micro-dollars. */
const COUNT_MAX_CQ = 100_000_000_000;

export interface CheckContext {
  readonly world: World;
  readonly account: Account;
  readonly orders: OrderStore;
  readonly groups: Groups;
  readonly shards: Shards;
}

/** The market of a request, or the refusal of it, up to what depends on the book and on money. */
export function checkCreate(
  context: CheckContext,
  request: OrderRequest,
): WorldMarket | DeskRefusal {
  const market = context.world.market(request.ticker);
  if (market === undefined) return MARKET_NOT_FOUND;
  const { exchangeIndex } = market;
  const refusal =
    shardRefusal(request, exchangeIndex) ??
    pauseRefusal(context.shards, exchangeIndex) ??
    accountRefusal(context.account, request, exchangeIndex) ??
    statusRefusal(market) ??
    priceRefusal(market, request) ??
    termsRefusal(request, context.world.nowMs()) ??
    groupRefusal(context.groups, request, exchangeIndex) ??
    idRefusal(context.orders, request);
  return refusal ?? market;
}

/** On another shard the market does not exist; −1 asks for routing by ticker. */
function shardRefusal(request: OrderRequest, exchangeIndex: number): DeskRefusal | null {
  const asked = request.exchangeIndex ?? -1;
  return asked === -1 || asked === exchangeIndex ? null : MARKET_NOT_FOUND;
}

function priceRefusal(market: WorldMarket, { priceCc }: OrderRequest): DeskRefusal | null {
  return isOnGrid(market, priceCc) ? null : INVALID_PRICE;
}

/** A client order id is used up for ever by the first order that was accepted or killed under it. */
function idRefusal(orders: OrderStore, { clientOrderId }: OrderRequest): DeskRefusal | null {
  return orders.isUsed(clientOrderId) ? ORDER_ALREADY_EXISTS : null;
}

/** Neither create nor amend in a pause of any kind. */
export function pauseRefusal(shards: Shards, exchangeIndex: number): DeskRefusal | null {
  return shards.isTrading(exchangeIndex) ? null : TRADING_IS_PAUSED;
}

function accountRefusal(
  account: Account,
  { subaccount }: OrderRequest,
  exchangeIndex: number,
): DeskRefusal | null {
  if (!isSubaccount(subaccount)) return invalidOrder("invalid subaccount");
  return account.isKnownAt(exchangeIndex) ? null : USER_NOT_FOUND;
}

/** Refuses what needs an open market. */
export function statusRefusal({ status }: WorldMarket): DeskRefusal | null {
  if (status === "active") return null;
  return isPastClose(status) ? MARKET_INACTIVE : MARKET_NOT_ACTIVE;
}

/** True from the close on, when every order operation is refused, cancels too. */
export function isPastClose(status: WorldStatus): boolean {
  return status !== "active" && status !== "inactive" && status !== "initialized";
}

/** A count that is no positive number of hundredths the exchange can hold. */
export function isCount(countCq: number): boolean {
  return Number.isInteger(countCq) && countCq > 0 && countCq <= COUNT_MAX_CQ;
}

/** An expiry that lies behind; null and 0 are none. */
export function isExpired(expirationS: number | null | undefined, nowMs: number): boolean {
  return typeof expirationS === "number" && expirationS !== 0 && expirationS * 1000 <= nowMs;
}

function termsRefusal(request: OrderRequest, nowMs: number): DeskRefusal | null {
  const isGtc = request.timeInForce === "good_till_canceled";
  if (!isCount(request.countCq)) return invalidOrder("invalid count");
  if (request.isPostOnly && !isGtc) return invalidOrder("post only must be good till canceled");
  if (request.isReduceOnly && isGtc) return invalidOrder("reduce only cannot rest");
  if (request.expirationS === null) return null;
  if (!isGtc) return invalidOrder("expiration time is for good till canceled orders");
  return request.expirationS * 1000 <= nowMs ? invalidOrder("expiration time in the past") : null;
}

function groupRefusal(
  groups: Groups,
  { groupId, subaccount }: OrderRequest,
  exchangeIndex: number,
): DeskRefusal | null {
  return groupId === null ? null : groups.refusal(groupId, { exchangeIndex, subaccount });
}
