import type { FillRecord } from "../../../src/core/records.ts";
import type { LocalExchange } from "../../../src/exchange/exchange.ts";
import type { Rule } from "../../../src/exchange/trading/ledger.ts";
import type { OrderState, Position } from "../../../src/exchange/trading/types.ts";
import { LIMITS } from "./client.ts";

// The invariants of the order path, by the exchange's own books alone. Money in micro-dollars.

/** What is on file, in whatever kind of file. */
export interface Filed {
  readonly orders: readonly {
    readonly orderId: string;
    readonly clientOrderId: string;
    readonly strategy: string;
  }[];
  readonly fills: readonly FillRecord[];
  readonly ledger: readonly {
    readonly strategy: string;
    readonly payload: Readonly<Record<string, unknown>>;
  }[];
  /** Fills that were offered twice. */
  readonly repeated: readonly FillRecord[];
  openOrders(): readonly { readonly orderId: string }[];
}

export interface Limits {
  readonly bankroll: number;
  readonly maxPositionPct: number;
  readonly maxOpenPositions: number;
  /** What has closed is settled here by its index, and takes no place from then on, whatever the exchange still shows. */
  readonly settlesByIndex?: boolean;
}

/** Each fill's fee is rounded up to this. */
const ROUNDING_UD = 100;

/** Looks at the limits whenever an order or a fill has come: nothing else makes exposure larger. */
export function exposureWatch(exchange: LocalExchange, limits: Limits = LIMITS): () => string[] {
  let [orders, fills] = [0, 0];
  return () => {
    const { desk } = exchange;
    const [ordersNow, fillsNow] = [desk.orders().length, desk.fills().length];
    if (ordersNow === orders && fillsNow === fills) return [];
    [orders, fills] = [ordersNow, fillsNow];
    return exposureProblems(exchange, limits);
  };
}

/** I7: no limit is exceeded at any instant, even if everything that rests filled now. */
function exposureProblems({ desk, world }: LocalExchange, limits: Limits): string[] {
  const problems: string[] = [];
  const tickers = new Set<string>();
  const isOpen = new Set(
    world.markets().flatMap(({ status, ticker }) => {
      return status === "active" || !limits.settlesByIndex ? [ticker] : [];
    }),
  );
  for (const position of desk.positions()) {
    if (position.positionCq !== 0 && isOpen.has(position.ticker)) tickers.add(position.ticker);
  }
  const resting = desk.orders().filter(({ status }) => status === "resting");
  for (const { ticker } of resting) tickers.add(ticker);
  if (tickers.size > limits.maxOpenPositions) problems.push(`I7: ${tickers.size} open markets`);
  for (const ticker of tickers) {
    const position = desk.positions().find((one) => one.ticker === ticker);
    const own = resting.filter((one) => one.ticker === ticker);
    const cost = (position === undefined ? 0 : costOf(position)) + restingCost(own, position);
    const fills = desk.fills().filter((one) => one.ticker === ticker).length;
    const limit = limits.bankroll * limits.maxPositionPct + fills * ROUNDING_UD;
    if (cost > limit) problems.push(`I7: ${ticker} may cost ${cost}, the limit is ${limit}`);
    if (own.length > 1) problems.push(`I8: ${own.length} orders rest in ${ticker} at once`);
  }
  return problems;
}

function costOf({ costUd, positionCq }: Position): number {
  return positionCq === 0 ? 0 : costUd;
}

/** Orders that would close what is held cost nothing. */
function restingCost(orders: readonly OrderState[], position: Position | undefined): number {
  const heldCq = position?.positionCq ?? 0;
  return orders.reduce((sum, { leftCq, priceCc, side }) => {
    const closes = (side === "bid") === heldCq < 0 && heldCq !== 0;
    return closes ? sum : sum + leftCq * (side === "bid" ? priceCc : 10_000 - priceCc);
  }, 0);
}

/** Nothing rests when a client has said so. */
export function standingProblems({ desk }: LocalExchange): string[] {
  return desk
    .orders()
    .filter(({ status }) => status === "resting")
    .map(({ orderId }) => `I30: order ${orderId} rests although none was reported`);
}

/** What must be true when everything is over and known. */
export function finalProblems(exchange: LocalExchange, journal: Filed): string[] {
  return [
    ...standingProblems(exchange),
    ...orderProblems(exchange, journal),
    ...fillProblems(exchange, journal),
    ...legProblems(journal),
    ...ruleProblems(exchange),
  ];
}

/** I2, I3: every order of the exchange was on file first, and no decision became two of them. */
function orderProblems({ desk }: LocalExchange, journal: Filed): string[] {
  const problems: string[] = [];
  const intents = new Map(journal.orders.map((row) => [row.clientOrderId, row]));
  const seen = new Set<string>();
  for (const { clientOrderId, orderId } of desk.orders()) {
    const intent = intents.get(clientOrderId ?? "");
    if (intent === undefined) problems.push(`I2: order ${orderId} is not on file`);
    else if (seen.has(intent.orderId)) problems.push(`I3: ${intent.orderId} became two orders`);
    else seen.add(intent.orderId);
  }
  for (const { orderId } of journal.openOrders()) {
    problems.push(`I4: order ${orderId} has no end on file`);
  }
  return problems;
}

/** I5: what the exchange says has filled is on file, each once and for what it was. */
function fillProblems({ desk }: LocalExchange, journal: Filed): string[] {
  const problems: string[] = journal.repeated.map(({ fillId }) => `I5: fill ${fillId} came twice`);
  const ours = new Map(journal.fills.map((fill) => [fill.fillId, fill]));
  for (const { countCq, feeUd, priceCc, tradeId } of desk.fills()) {
    const own = ours.get(tradeId);
    ours.delete(tradeId);
    if (own === undefined) {
      problems.push(`I5: fill ${tradeId} is not on file`);
      continue;
    }
    const yesPrice = own.side === "yes" ? own.price : 10_000 - own.price;
    if (own.qty !== countCq || own.fee !== feeUd || yesPrice !== priceCc) {
      problems.push(`I5: fill ${tradeId} is on file as something else`);
    }
  }
  for (const fillId of ours.keys()) problems.push(`I5: fill ${fillId} never was`);
  return problems;
}

/** I5: each fill moved money once in the ledger, in the name of the strategy that ordered it. */
function legProblems({ fills, ledger, orders }: Filed): string[] {
  const strategies = new Map(orders.map(({ orderId, strategy }) => [orderId, strategy]));
  return fills.flatMap(({ fillId, orderId }) => {
    const legs = ledger.filter(({ payload }) => payload["fill_id"] === fillId);
    const [leg] = legs;
    const isOne = legs.length === 1 && leg?.strategy === strategies.get(orderId);
    if (isOne && leg?.payload["told"] === undefined) return [`I28: ${fillId} is not kept as told`];
    const told = legs.map(({ strategy }) => `'${strategy}'`).join(" and ");
    return isOne ? [] : [`I5: fill ${fillId} has legs of ${told || "nobody"}`];
  });
}

/** What no client of this exchange may do, whatever goes wrong. */
const NEVER: readonly Rule[] = [
  "bad_signature",
  "unsigned",
  "over_rate_limit",
  "malformed_body",
  "unknown_field",
  "number_instead_of_string",
  "off_tick_price",
  "bad_count",
  "repeated_client_order_id",
  "missing_client_order_id",
  "missing_expiry",
  "expiry_in_the_past",
  "expiry_in_ms",
  "missing_order_group",
  "missing_shard",
  "wrong_shard",
  "self_cross",
  "legacy_endpoint",
];

function ruleProblems({ ledger }: LocalExchange): string[] {
  const counts = ledger.violationCounts();
  return NEVER.filter((rule) => (counts.get(rule) ?? 0) > 0).map(
    (rule) => `${rule}: ${counts.get(rule)} times`,
  );
}
