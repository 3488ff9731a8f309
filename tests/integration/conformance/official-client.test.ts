// The exchange's own client, unmodified, against every endpoint this exchange serves: what it sends must be understood,
// and no answer may hold a field it does not know or lack one it requires.

import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadMethods, loadModels, ModelChecker } from "../../support/sdk-models.ts";
import { type ClientRig, NOT_SERVED, openClientRig } from "./client-rig.ts";

const methods = loadMethods();
const checker = new ModelChecker(loadModels());
const called = new Set<string>();
let rig: ClientRig;

// Loading the client alone takes 10 s on a machine that others use.
beforeAll(async () => {
  rig = await openClientRig();
}, 60_000);

afterAll(async () => {
  await rig.close();
  const served = methods.filter(({ endpoint }) => !NOT_SERVED.test(endpoint)).length;
  process.stdout.write(
    `official client 3.30.0: ${called.size} of ${served} endpoints called, ${checker.seenFields.size} fields checked\n`,
  );
});

interface CallSpec {
  readonly api: string;
  readonly method: string;
  readonly args: () => readonly unknown[];
  /** Notes an id of the answer for the calls that follow. */
  readonly keep?: (data: unknown) => void;
}

/** Reads of the account show an order this much after its acknowledgement at the latest. */
const LONGEST_LAG_MS = 2000;
const ids = { order: "", others: [""], amended: "", group: "", transfer: "" };

function textAt(data: unknown, ...path: readonly (string | number)[]): string {
  const value = path.reduce<unknown>(
    (at, key) => (typeof at === "object" && at !== null ? Reflect.get(at, key) : undefined),
    data,
  );
  if (typeof value !== "string") throw new Error(`no text at ${path.join(".")}`);
  return value;
}

function call(api: string, method: string, ...args: readonly unknown[]): CallSpec {
  return { api, method, args: () => args };
}

function later(
  api: string,
  method: string,
  args: () => readonly unknown[],
  keep?: (data: unknown) => void,
): CallSpec {
  return { api, method, args, ...(keep === undefined ? {} : { keep }) };
}

/** The exchange's clock: the rig moves `Date` with it. */
const nowS = (): number => Math.floor(Date.now() / 1000);
const order = (over: object = {}): Record<string, unknown> => ({
  ticker: rig.ticker,
  client_order_id: randomUUID(),
  side: "bid",
  count: "2.00",
  price: "0.0100",
  time_in_force: "good_till_canceled",
  self_trade_prevention_type: "taker_at_cross",
  expiration_time: nowS() + 120,
  exchange_index: 2,
  ...over,
});

const CALLS: readonly CallSpec[] = [
  call("ExchangeApi", "getExchangeStatus"),
  call("ExchangeApi", "getExchangeSchedule"),
  call("ExchangeApi", "getUserDataTimestamp"),
  call("ExchangeApi", "getSeriesFeeChanges", "KXBTC15M", true),
  call("MarketApi", "getSeriesList", "Crypto", undefined, true, true),
  call("MarketApi", "getSeries", "KXBTC15M", true),
  call("EventsApi", "getEvents", 5, undefined, true, true, "open", "KXBTC15M"),
  later("EventsApi", "getEvent", () => [rig.eventTicker, true]),
  later("EventsApi", "getEventMetadata", () => [rig.eventTicker]),
  call("EventsApi", "getEventFeeChanges", undefined, 5),
  call("EventsApi", "getMultivariateEvents"),
  later("EventsApi", "getMarketCandlesticksByEvent", () => [
    rig.eventTicker,
    "KXBTC15M",
    nowS() - 900,
    nowS(),
    1,
  ]),
  call("MarketApi", "getMarkets", 20, undefined, undefined, "KXBTC15M"),
  call("MarketApi", "getMarkets", 50, undefined, undefined, "KXBTC"),
  call("MarketApi", "getMarkets", 50, undefined, undefined, "KXBTCD"),
  call("MarketApi", "getMarkets", 20, undefined, undefined, "KXSOL15M"),
  later("MarketApi", "getMarket", () => [rig.ticker]),
  later("MarketApi", "getMarket", () => [rig.settledTicker]),
  later("MarketApi", "getMarketOrderbook", () => [rig.ticker, 10]),
  later("MarketApi", "getMarketOrderbooks", () => [[rig.ticker]]),
  later("MarketApi", "getTrades", () => [20, undefined, rig.ticker]),
  later("MarketApi", "getMarketCandlesticks", () => [
    "KXBTC15M",
    rig.settledTicker,
    nowS() - 3600,
    nowS(),
    1,
    true,
  ]),
  later("MarketApi", "batchGetMarketCandlesticks", () => [
    `${rig.ticker},${rig.settledTicker}`,
    nowS() - 3600,
    nowS(),
    1,
  ]),
  call("HistoricalApi", "getHistoricalCutoff"),
  call("HistoricalApi", "getHistoricalMarkets", 10, undefined, undefined, undefined, "KXBTC15M"),
  later("HistoricalApi", "getHistoricalMarket", () => [rig.historicalTicker]),
  later("HistoricalApi", "getMarketCandlesticksHistorical", () => [
    rig.historicalTicker,
    rig.historicalCloseS - 900,
    rig.historicalCloseS,
    1,
  ]),
  later("HistoricalApi", "getTradesHistorical", () => [rig.historicalTicker]),
  call("HistoricalApi", "getFillsHistorical"),
  call("HistoricalApi", "getHistoricalOrders"),
  call("HistoricalApi", "getHistoricalPositions"),
  call("IncentiveProgramsApi", "getIncentivePrograms"),
  call("AccountApi", "getAccountApiLimits"),
  call("AccountApi", "getAccountEndpointCosts"),
  call("AccountApi", "getAccountApiUsageLevelVolumeProgress"),
  call("AccountApi", "upgradeAccountApiUsageLevel"),
  call("PortfolioApi", "getBalance"),
  call("PortfolioApi", "getBalance", 0, 2),
  call("PortfolioApi", "getPositions"),
  call("PortfolioApi", "getFills"),
  call("PortfolioApi", "getSettlements"),
  call("PortfolioApi", "getTargetBalanceAllocation"),
  call("PortfolioApi", "getPortfolioRestingOrderTotalValue"),
  call("PortfolioApi", "getIntraExchangeInstanceTransfers"),
  later(
    "PortfolioApi",
    "intraExchangeInstanceTransfer",
    () => [
      {
        source: "event_contract",
        destination: "event_contract",
        amount: 5000,
        source_exchange_shard: 2,
        destination_exchange_shard: 0,
      },
    ],
    (data) => {
      ids.transfer = textAt(data, "transfer_id");
    },
  ),
  later("PortfolioApi", "getIntraExchangeInstanceTransfer", () => [ids.transfer]),
  later(
    "OrdersApi",
    "createOrderV2",
    () => [order()],
    (data) => {
      ids.order = textAt(data, "order_id");
    },
  ),
  later("OrdersApi", "createOrderV2", () => [
    order({
      price: "0.9900",
      count: "1.00",
      time_in_force: "immediate_or_cancel",
      expiration_time: undefined,
    }),
  ]),
  later(
    "OrdersApi",
    "batchCreateOrdersV2",
    () => [{ orders: [order(), order({ price: "0.0200" }), order({ price: "0.5150" })] }],
    (data) => {
      ids.others = [0, 1].map((at) => textAt(data, "orders", at, "order_id"));
      rig.pass(LONGEST_LAG_MS);
    },
  ),
  call("OrdersApi", "getOrders", undefined, undefined, undefined, undefined, "resting"),
  call("OrdersApi", "getOrders", undefined, undefined, undefined, undefined, "executed"),
  later("OrdersApi", "getOrder", () => [ids.order]),
  later("OrdersApi", "getOrderQueuePosition", () => [ids.order]),
  later("OrdersApi", "getOrderQueuePositions", () => [rig.ticker]),
  later(
    "OrdersApi",
    "amendOrderV2",
    () => [
      ids.order,
      { ticker: rig.ticker, side: "bid", price: "0.0110", count: "5.00", exchange_index: 2 },
    ],
    (data) => {
      ids.amended = textAt(data, "order_id");
    },
  ),
  later("OrdersApi", "decreaseOrderV2", () => [
    ids.amended,
    { reduce_by: "1.00", exchange_index: 2, market_ticker: rig.ticker },
  ]),
  later("OrdersApi", "cancelOrderV2", () => [ids.amended, undefined, 2, rig.ticker]),
  later("OrdersApi", "batchCancelOrdersV2", () => [
    {
      orders: [
        { order_id: ids.others[0], exchange_index: 2, market_ticker: rig.ticker },
        { order_id: randomUUID(), exchange_index: 2, market_ticker: rig.ticker },
      ],
    },
  ]),
  call("OrdersApi", "cancelAllOrders"),
  later(
    "OrderGroupsApi",
    "createOrderGroup",
    () => [{ contracts_limit_fp: "10.00", exchange_index: 2 }],
    (data) => {
      ids.group = textAt(data, "order_group_id");
      rig.pass(LONGEST_LAG_MS);
    },
  ),
  call("OrderGroupsApi", "getOrderGroups"),
  later("OrderGroupsApi", "getOrderGroup", () => [ids.group]),
  later("OrderGroupsApi", "updateOrderGroupLimit", () => [
    ids.group,
    { contracts_limit_fp: "20.00" },
    undefined,
    2,
  ]),
  later("OrderGroupsApi", "triggerOrderGroup", () => [ids.group, undefined, 2]),
  later("OrderGroupsApi", "resetOrderGroup", () => [ids.group, undefined, 2]),
  later("OrderGroupsApi", "deleteOrderGroup", () => [ids.group, undefined, 2]),
];

test.each(CALLS.map((spec) => [`${spec.api}.${spec.method}`, spec] as const))(
  "%s understands its answer",
  async (_name, spec) => {
    const known = methods.find(({ api, method }) => api === spec.api && method === spec.method);
    if (known === undefined) throw new Error(`the client has no ${spec.api}.${spec.method}`);
    called.add(known.endpoint);
    const { status, data } = await rig.call(spec.api, spec.method, spec.args());
    expect(status).toBeGreaterThanOrEqual(200);
    expect(status).toBeLessThan(300);
    spec.keep?.(data);
    if (known.answer === "void") return;
    expect(checker.check(known.answer, data)).toEqual([]);
  },
);

test("every endpoint of the client is called here or named as not served", () => {
  const left = methods
    .map(({ endpoint }) => endpoint)
    .filter((endpoint) => !called.has(endpoint) && !NOT_SERVED.test(endpoint));
  expect(left).toEqual([]);
});

test("the lists a client reads are not empty: an empty list proves no field", () => {
  for (const model of [
    "Market",
    "Fill",
    "Order",
    "Settlement",
    "MarketPosition",
    "Trade",
    "MarketCandlestick",
  ]) {
    const seen = [...checker.seenFields].filter((field) => field.startsWith(`${model}.`));
    expect(seen, model).not.toHaveLength(0);
  }
});
