// Which rules a client broke with what it sent and with what it was refused. A rule is noted whether or not the request
// is refused for it: an order without an expiry is accepted by the exchange and still a mistake.

import type { ExchangeLedger, Rule } from "./ledger.ts";
import type { DeskRefusal, OrderName, OrderRequest, OrderState } from "./types.ts";

/** Seconds after the year 5138: nobody means that, it is milliseconds. */
const MILLISECONDS_FROM = 100_000_000_000;

/** True for an expiry in milliseconds where seconds are due. */
export function isMilliseconds(expirationS: number): boolean {
  return expirationS >= MILLISECONDS_FROM;
}

/** Notes what is wrong with an order as it was sent; `shard` is its market's, undefined for an unknown market. */
export function noteRequest(
  ledger: ExchangeLedger,
  request: OrderRequest,
  shard: number | undefined,
  nowMs: number,
): void {
  const { clientOrderId, ticker, expirationS, exchangeIndex } = request;
  const note = (rule: Rule): void =>
    ledger.violation(rule, `create ${ticker} ${clientOrderId ?? "without id"}`, nowMs);
  if (clientOrderId === null) note("missing_client_order_id");
  if (request.timeInForce === "good_till_canceled") {
    if (expirationS === null) note("missing_expiry");
    if (request.groupId === null) note("missing_order_group");
  }
  if (expirationS !== null && expirationS * 1000 <= nowMs) note("expiry_in_the_past");
  noteShard(exchangeIndex, shard, note);
}

/** Notes a request about an order that does not say where the order is, or says it wrongly. */
export function noteName(
  ledger: ExchangeLedger,
  name: OrderName,
  order: OrderState | undefined,
  nowMs: number,
): void {
  const note = (rule: Rule): void => ledger.violation(rule, `order ${name.orderId}`, nowMs);
  // Without shard and market the request goes to shard 0, whatever the order's is (kalshi.md §2.9).
  const asked = name.exchangeIndex ?? (name.ticker === null ? 0 : null);
  if (name.exchangeIndex === null) note("missing_shard");
  if (order !== undefined && asked !== null && asked >= 0 && asked !== order.exchangeIndex) {
    note("wrong_shard");
  }
}

/** Notes a shard that is missing or not the one where the market is. */
function noteShard(
  asked: number | null,
  shard: number | undefined,
  note: (rule: Rule) => void,
): void {
  if (asked === null) note("missing_shard");
  else if (asked >= 0 && shard !== undefined && asked !== shard) note("wrong_shard");
}

const RULES: Readonly<Record<string, Rule>> = {
  invalid_price: "off_tick_price",
  order_already_exists: "repeated_client_order_id",
  market_inactive: "order_after_close",
  market_not_active: "order_after_close",
  trading_is_paused: "order_during_pause",
};

/** Notes the rule behind a refusal, where the code names one: a refusal for want of money breaks none. */
export function noteRefusal(
  ledger: ExchangeLedger,
  refusal: DeskRefusal,
  detail: string,
  nowMs: number,
): void {
  const rule = RULES[refusal.code.toLowerCase()] ?? ruleOfDetails(refusal.details ?? "");
  if (rule !== null) ledger.violation(rule, detail, nowMs);
}

function ruleOfDetails(details: string): Rule | null {
  if (details === "invalid count") return "bad_count";
  if (details === "expiration_time is not in unix seconds") return "expiry_in_ms";
  return null;
}
