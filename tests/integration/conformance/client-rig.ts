import * as sdk from "kalshi-typescript";
import { vi } from "vitest";
import { createLocalExchange, type LocalExchange } from "../../../src/exchange/exchange.ts";
import { createScenarioWorld } from "../../../src/exchange/scenario/scenario-world.ts";

/** What the client knows and a trader of crypto binaries does not need; this exchange answers 404. */
export const NOT_SERVED =
  /\/(?:api_keys|communications|fcm|live_data|milestones|multivariate_event|structured_targets|search|portfolio\/(?:deposits|withdrawals|subaccounts))|forecast_percentile|^POST \/portfolio\/target_balance_allocation/;

const STEP_MS = 150;
const QUARTER_MS = 900_000;

export interface ClientRig {
  /** Calls the client and lets 150 ms of exchange time pass first: buckets refill, reads catch up. */
  call(
    api: string,
    method: string,
    args: readonly unknown[],
  ): Promise<{ status: number; data: unknown }>;
  /** Lets exchange time pass. */
  pass(ms: number): void;
  readonly exchange: LocalExchange;
  /** An open 15-minute market, and the one before it in which this account held a position until it settled. */
  readonly ticker: string;
  readonly eventTicker: string;
  readonly settledTicker: string;
  /** The one before that, which has left the live endpoints. */
  readonly historicalTicker: string;
  readonly historicalCloseS: number;
  close(): Promise<void>;
}

type Method = (...args: readonly unknown[]) => Promise<{ status: number; data: unknown }>;

function isMethod(value: unknown): value is Method {
  return typeof value === "function";
}

/**
 * A scenario on real sockets with the official client in front of it. The client stamps its requests with `Date.now()`,
 * so that clock is moved together with the exchange's; nothing else is faked.
 */
export async function openClientRig(): Promise<ClientRig> {
  const world = createScenarioWorld({ scenario: "fair", seed: 3 });
  const closeMs = Math.ceil(world.nowMs() / QUARTER_MS) * QUARTER_MS;
  const historyCutoffMs = (): number => closeMs + QUARTER_MS / 2;
  const exchange = createLocalExchange({ world, keyType: "rsa", historyCutoffMs });
  const listener = await exchange.listen();
  vi.useFakeTimers({ toFake: ["Date"], now: world.nowMs() });
  const configuration = new sdk.Configuration({
    apiKey: exchange.keyId,
    privateKeyPem: exchange.privateKeyPem,
    basePath: listener.restUrl,
  });
  const apis = new Map<string, object>([
    ["AccountApi", new sdk.AccountApi(configuration)],
    ["EventsApi", new sdk.EventsApi(configuration)],
    ["ExchangeApi", new sdk.ExchangeApi(configuration)],
    ["HistoricalApi", new sdk.HistoricalApi(configuration)],
    ["IncentiveProgramsApi", new sdk.IncentiveProgramsApi(configuration)],
    ["MarketApi", new sdk.MarketApi(configuration)],
    ["OrderGroupsApi", new sdk.OrderGroupsApi(configuration)],
    ["OrdersApi", new sdk.OrdersApi(configuration)],
    ["PortfolioApi", new sdk.PortfolioApi(configuration)],
  ]);
  const pass = (ms: number): void => {
    exchange.runUntil(world.nowMs() + ms);
    vi.setSystemTime(world.nowMs());
  };
  const call: ClientRig["call"] = async (name, method, args) => {
    pass(STEP_MS);
    const api = apis.get(name);
    const run: unknown = api === undefined ? undefined : Reflect.get(api, method);
    if (!isMethod(run)) throw new Error(`the client has no ${name}.${method}`);
    return run.apply(api, [...args]);
  };
  const buy = async (ticker: string, id: number): Promise<void> => {
    const order = {
      ticker,
      client_order_id: `00000000-0000-4000-8000-00000000000${id}`,
      side: "bid",
      count: "3.00",
      price: "0.9900",
      time_in_force: "immediate_or_cancel",
      self_trade_prevention_type: "taker_at_cross",
      exchange_index: 2,
    };
    const { status } = await call("OrdersApi", "createOrderV2", [order]);
    if (status !== 201) throw new Error(`an order was answered ${status}`);
  };
  const historicalTicker = openTicker(exchange);
  await buy(historicalTicker, 1);
  pass(closeMs - world.nowMs() + 60_000);
  const settledTicker = openTicker(exchange);
  await buy(settledTicker, 2);
  pass(QUARTER_MS);
  const ticker = openTicker(exchange);
  return {
    call,
    pass,
    exchange,
    ticker,
    eventTicker: exchange.world.market(ticker)?.eventTicker ?? "",
    settledTicker,
    historicalTicker,
    historicalCloseS: closeMs / 1000,
    async close() {
      vi.useRealTimers();
      await listener.close();
    },
  };
}

function openTicker(exchange: LocalExchange): string {
  const open = exchange.world
    .markets()
    .find(({ seriesTicker, status }) => seriesTicker === "KXBTC15M" && status === "active");
  if (open === undefined) throw new Error("no 15-minute market is open");
  return open.ticker;
}
