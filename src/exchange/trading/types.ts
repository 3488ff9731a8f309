// What the trading side of the exchange says and is asked. Prices are centicents of the YES leg, counts hundredths of a
// contract, money micro-dollars (a centicent times a hundredth of a contract), times epoch milliseconds.

import type { Happening, WorldMarket } from "../world.ts";

export type BookSide = "bid" | "ask";
export type TimeInForce = "good_till_canceled" | "immediate_or_cancel" | "fill_or_kill";
export type SelfTradePrevention = "taker_at_cross" | "maker";
export type OrderStatus = "resting" | "canceled" | "executed";

/** Why an order changed last, in the exchange's own words (kalshi.md §3.5). */
export type UpdateReason =
  | ""
  | "Trade"
  | "Decrease"
  | "Amend"
  | "SelfTradeCancel"
  | "ExpiryCancel"
  | "CloseCancel"
  | "HaltCancel"
  | "PostOnlyCrossCancel"
  | "ReduceOnlyCancel";

export interface OrderRequest {
  readonly ticker: string;
  readonly clientOrderId: string | null;
  readonly side: BookSide;
  readonly priceCc: number;
  readonly countCq: number;
  readonly timeInForce: TimeInForce;
  readonly selfTrade: SelfTradePrevention;
  readonly expirationS: number | null;
  readonly isPostOnly: boolean;
  readonly cancelOnPause: boolean;
  readonly isReduceOnly: boolean;
  readonly subaccount: number;
  readonly groupId: string | null;
  /** Null: routed by ticker. −1: asks for that. Else the order goes to this shard, right or wrong. */
  readonly exchangeIndex: number | null;
}

/** An order as it stands; a new object at every change, so whoever keeps one keeps the state of that moment. */
export interface OrderState {
  readonly orderId: string;
  readonly clientOrderId: string | null;
  readonly ticker: string;
  readonly side: BookSide;
  readonly priceCc: number;
  readonly initialCq: number;
  readonly filledCq: number;
  readonly leftCq: number;
  readonly status: OrderStatus;
  readonly timeInForce: TimeInForce;
  readonly selfTrade: SelfTradePrevention;
  readonly expirationMs: number | null;
  readonly isPostOnly: boolean;
  readonly cancelOnPause: boolean;
  readonly isReduceOnly: boolean;
  readonly subaccount: number;
  readonly groupId: string | null;
  readonly exchangeIndex: number;
  readonly takerCostUd: number;
  readonly makerCostUd: number;
  readonly takerFeesUd: number;
  readonly makerFeesUd: number;
  readonly createdMs: number;
  readonly updatedMs: number;
  readonly reason: UpdateReason;
}

export interface Fill {
  /** The id of the public trade. */
  readonly tradeId: string;
  readonly orderId: string;
  readonly clientOrderId: string | null;
  readonly ticker: string;
  readonly exchangeIndex: number;
  readonly side: BookSide;
  readonly priceCc: number;
  readonly countCq: number;
  readonly isTaker: boolean;
  /** Trade fee plus rounding minus rebate. */
  readonly feeUd: number;
  /** Signed position after this fill, YES positive. */
  readonly positionCq: number;
  readonly subaccount: number;
  readonly atMs: number;
}

export interface Position {
  readonly ticker: string;
  readonly eventTicker: string;
  readonly exchangeIndex: number;
  readonly subaccount: number;
  /** YES positive, NO negative. */
  readonly positionCq: number;
  /** What the present position cost, without fees. */
  readonly costUd: number;
  /** Every contract ever bought or sold, at its price. */
  readonly tradedUd: number;
  readonly volumeCq: number;
  readonly realizedUd: number;
  readonly feesUd: number;
  readonly atMs: number;
}

export interface Balance {
  readonly exchangeIndex: number;
  readonly subaccount: number;
  /** Free cash: what orders reserve is already taken off. */
  readonly availableUd: number;
  /** Reserved by resting orders, fee headroom included. */
  readonly reservedUd: number;
  readonly atMs: number;
}

export interface Settlement {
  readonly ticker: string;
  readonly eventTicker: string;
  readonly exchangeIndex: number;
  readonly subaccount: number;
  readonly result: "yes" | "no" | "scalar";
  readonly payoutCc: number;
  readonly yesCq: number;
  readonly yesCostUd: number;
  readonly noCq: number;
  readonly noCostUd: number;
  readonly feesUd: number;
  /** Whole cents, as paid. */
  readonly revenueUd: number;
  readonly atMs: number;
}

export interface OrderGroup {
  readonly groupId: string;
  readonly exchangeIndex: number;
  readonly subaccount: number;
  /** Null: no limit set. */
  readonly limitCq: number | null;
  /** Triggered: members are cancelled and new ones refused until it is reset. */
  readonly isTriggered: boolean;
}

export type GroupChange = "created" | "triggered" | "reset" | "deleted" | "limit_updated";

/** What the owner of the account is told, in the order in which it happened. */
export type AccountEvent =
  | { readonly type: "order"; readonly order: OrderState; readonly atMs: number }
  | { readonly type: "fill"; readonly fill: Fill; readonly atMs: number }
  | { readonly type: "position"; readonly position: Position; readonly atMs: number }
  | { readonly type: "balance"; readonly balance: Balance; readonly atMs: number }
  | { readonly type: "settlement"; readonly settlement: Settlement; readonly atMs: number }
  | {
      readonly type: "group";
      readonly change: GroupChange;
      readonly group: OrderGroup;
      readonly atMs: number;
    };

const ACCOUNT_EVENTS: ReadonlySet<string> = new Set<AccountEvent["type"]>([
  "order",
  "fill",
  "position",
  "balance",
  "settlement",
  "group",
]);

/** Tells what the account's owner is told from what everybody is told. */
export function isAccountEvent(item: AccountEvent | Happening): item is AccountEvent {
  return ACCOUNT_EVENTS.has(item.type);
}

/** A request the exchange refused: HTTP status and error body by code (kalshi.md §2.0). */
export interface DeskRefusal {
  readonly status: number;
  readonly code: string;
  readonly details?: string;
}

export function isRefused(answer: object): answer is DeskRefusal {
  return "code" in answer && "status" in answer;
}

export interface OrderAnswer {
  readonly order: OrderState;
  /** Fills of this very request; 0 when it only rests. */
  readonly filledCq: number;
  /** Volume-weighted price and fee of those fills. */
  readonly costUd: number;
  readonly feesUd: number;
}

export interface CancelAnswer {
  readonly order: OrderState;
  readonly reducedCq: number;
}

/** Names an order the way the write endpoints do; without ticker and shard the request goes to shard 0. */
export interface OrderName {
  readonly orderId: string;
  readonly ticker: string | null;
  readonly exchangeIndex: number | null;
}

export interface AmendRequest extends OrderName {
  readonly ticker: string;
  readonly side: BookSide;
  readonly priceCc: number;
  /** Already filled plus wanted remaining. */
  readonly countCq: number;
  readonly clientOrderId: string | null;
  readonly updatedClientOrderId: string | null;
  /** Undefined keeps it, 0 clears it. */
  readonly expirationS?: number;
}

export interface GroupRequest {
  readonly limitCq: number | null;
  readonly subaccount: number;
  readonly exchangeIndex: number;
}

/** Whether a shard trades (kalshi.md §4.5): in a trading pause cancels are still taken, in an exchange pause nothing is. */
export interface ShardState {
  readonly exchangeIndex: number;
  readonly isExchangeActive: boolean;
  readonly isTradingActive: boolean;
}

/** The trading side of the exchange: one account with its subaccounts, its orders and its money. */
export interface Desk {
  create(request: OrderRequest): OrderAnswer | DeskRefusal;
  amend(request: AmendRequest): OrderAnswer | DeskRefusal;
  decrease(
    name: OrderName,
    by: { readonly byCq: number } | { readonly toCq: number },
  ): CancelAnswer | DeskRefusal;
  cancel(name: OrderName): CancelAnswer | DeskRefusal;
  /** Every resting order of a subaccount, of all when null; also cancels what is placed during the next minute. */
  cancelAll(subaccount: number | null): void;
  createGroup(request: GroupRequest): OrderGroup | DeskRefusal;
  deleteGroup(groupId: string): OrderGroup | DeskRefusal;
  resetGroup(groupId: string): OrderGroup | DeskRefusal;
  triggerGroup(groupId: string): OrderGroup | DeskRefusal;
  limitGroup(groupId: string, limitCq: number): OrderGroup | DeskRefusal;
  /** The present truth, without read lag: the ledger tests judge against. */
  order(orderId: string): OrderState | undefined;
  orderByClientId(clientOrderId: string): OrderState | undefined;
  orders(): readonly OrderState[];
  fills(): readonly Fill[];
  positions(): readonly Position[];
  balances(): readonly Balance[];
  settlements(): readonly Settlement[];
  groups(): readonly OrderGroup[];
  /** Contracts ahead of a resting order; null when it does not rest. */
  aheadCq(orderId: string): number | null;
  /** Moves cash between shards or subaccounts; false when there is not enough. */
  transfer(from: CashPlace, to: CashPlace, amountUd: number): boolean;
  shards(): readonly ShardState[];
  setShard(state: ShardState): void;
  /** Everything that happened in the world, in order. */
  observe(happening: Happening): void;
  /** Time of the next expiry or scheduled pause; infinite when there is none. */
  nextTimerMs(): number;
  runTimers(nowMs: number): void;
}

export interface CashPlace {
  readonly exchangeIndex: number;
  readonly subaccount: number;
}

export interface FeeTerms {
  readonly feeType: string;
  readonly feeMultiplier: number;
}

/** What a market charges now, which may change while it trades (kalshi.md §2.11); undefined when nothing is known. */
export type FeeOf = (market: WorldMarket) => FeeTerms | undefined;

export interface DeskOptions {
  /** Receives the market side of what clients do, to be published like everything else that happens. */
  readonly emit: (happening: Happening) => void;
  readonly onEvent: (event: AccountEvent) => void;
  /** Free cash at the start; $1000 on shard 2 when left out. */
  readonly cash?: readonly (CashPlace & { readonly amountUd: number })[];
  /** The fees of its series as the world lists it when left out. */
  readonly feeOf?: FeeOf;
  /** Thursday 03:00–05:00 New York, as on the real exchange; false keeps trading open. */
  readonly hasWeeklyPause?: boolean;
}
