import { FeeWatch } from "../../../src/adapters/feeds/kalshi/fee-watch.ts";
import { silentRecorder } from "../../../src/app/backtest/silent-recorder.ts";
import { buildEngine, readFees } from "../../../src/app/compose/engine.ts";
import {
  candleHistory,
  indexProxy,
  kalshiFeed,
  kalshiRest,
  spotFeed,
} from "../../../src/app/compose/feeds.ts";
import { openLocalExchange } from "../../../src/app/compose/local-exchange.ts";
import { pricingOf } from "../../../src/app/compose/pricing.ts";
import { driverOf } from "../../../src/app/compose/record.ts";
import {
  buildShadow,
  buildSimVenue,
  shadowed,
  venueOptions,
} from "../../../src/app/compose/sim-venue.ts";
import { runFeeds } from "../../../src/app/run.ts";
import { Session } from "../../../src/app/session.ts";
import type { Config } from "../../../src/config/schema.ts";
import type { Engine } from "../../../src/core/engine.ts";
import type { Order } from "../../../src/core/orders.ts";
import type { FillClass, FillRecord } from "../../../src/core/records.ts";
import { latencyOf } from "../../../src/core/sim/latency.ts";
import { type ProfitRange, profitRange } from "../../../src/core/sim/profit-range.ts";
import type { Ms } from "../../../src/core/units.ts";
import type { Recorder, Venue } from "../../../src/ports.ts";

/** What is asked: a scenario and how long before a close it begins. */
export interface Stretch {
  readonly scenario: string;
  readonly seed: number;
  readonly startMs: Ms;
}

/** An order of the run with the times at which the exchange hears of it. */
export interface SentOrder {
  readonly order: Order;
  readonly arrivesMs: Ms;
  /** Of the first cancel; null while nobody asked for one. */
  cancelMs: Ms | null;
}

/** What one account made of the orders. */
export interface Outcome {
  /** Hundredths of contracts. */
  readonly filledCq: number;
  readonly pnlUd: number;
  /** Filled hundredths by order. */
  readonly byOrder: ReadonlyMap<string, number>;
}

export interface PaperWorld {
  readonly orders: readonly SentOrder[];
  readonly expected: Outcome;
  readonly pessimistic: Outcome;
  /** Profit as paper prints it. */
  readonly profit: ProfitRange;
  readonly classes: Readonly<Record<FillClass, number>>;
  readonly endMs: Ms;
}

/** What `kbt paper --sim` does until the first close has settled, without a database. */
export async function paperWorld(config: Config, stretch: Stretch): Promise<PaperWorld> {
  const { signal } = new AbortController();
  const { scenario, seed, startMs } = stretch;
  const env = await openLocalExchange({ scenario, seed, speed: "max" }, startMs);
  const rest = kalshiRest(env);
  const watch = new FeeWatch(rest, env.clock);
  const kalshi = kalshiFeed(config, env, { rest, fees: watch, spotUsd: () => null });
  const at = { series: config.kalshi.series, nowMs: startMs };
  const fees = await readFees(config, watch, at, signal);
  const { candles } = await candleHistory(config, env, signal);
  const engine = buildEngine(config, {
    runId: 1,
    runKey: "paper-fills",
    strategies: ["threshold-ev"],
    slippage: [],
    pricing: pricingOf(config),
  });
  const fills = { expected: new Map<string, number>(), pessimistic: new Map<string, number>() };
  const shadow = buildShadow(config, engine, {
    past: [],
    record: ({ orderId, qty }) => {
      if (orderId !== null) addTo(fills.pessimistic, orderId, qty);
    },
  });
  const orders = new Map<string, SentOrder>();
  const venue = noted(shadowed(buildSimVenue(config, engine), shadow), config, orders);
  const session = new Session({
    recorder: fillsOnly(({ orderId, qty }) => addTo(fills.expected, orderId, qty)),
    engine,
    venue,
    proxy: indexProxy(config, env),
    startMs,
    resync: (ticker, reason) => kalshi.resync(ticker, reason),
  });
  for (const report of fees.reports) session.handle(report, null);
  for (const candle of candles) session.handle(candle, null);
  await runFeeds(
    {
      feeds: [kalshi, spotFeed("coinbase", config, env)],
      session,
      clock: env.clock,
      real: env.real,
      drive: driverOf(env),
      stopWhen: () => (session.settledWindows() > 0 ? "windows" : null),
      seconds: null,
      flushMs: 1_000,
      flush: () => {},
      drain: async () => {},
      progress: () => {},
    },
    signal,
  );
  const endMs = env.clock.nowMs();
  await env.close();
  return {
    orders: [...orders.values()],
    expected: outcome(fills.expected, engine),
    pessimistic: outcome(fills.pessimistic, { portfolio: shadow }),
    profit: profitRange(session.totals.profits, shadow.profits),
    classes: session.totals.fillClasses,
    endMs,
  };
}

/** The same venue, with a note of everything that is sent to it. */
function noted(venue: Venue, config: Config, orders: Map<string, SentOrder>): Venue {
  const options = venueOptions(config, "expected");
  return {
    ...venue,
    submit: (order, nowMs) => {
      const arrivesMs = nowMs + latencyOf("submit", order.orderId, options);
      orders.set(order.orderId, { order, arrivesMs, cancelMs: null });
      venue.submit(order, nowMs);
    },
    cancel: (orderId, nowMs) => {
      const sent = orders.get(orderId);
      const arrives = nowMs + latencyOf("cancel", orderId, options);
      if (sent !== undefined) sent.cancelMs ??= Math.max(arrives, sent.arrivesMs);
      venue.cancel(orderId, nowMs);
    },
  };
}

function outcome(
  byOrder: ReadonlyMap<string, number>,
  { portfolio }: { readonly portfolio: Pick<Engine["portfolio"], "realised"> },
): Outcome {
  const filledCq = [...byOrder.values()].reduce((sum, size) => sum + size, 0);
  return { filledCq, pnlUd: portfolio.realised, byOrder };
}

function addTo(sums: Map<string, number>, key: string, size: number): void {
  sums.set(key, (sums.get(key) ?? 0) + size);
}

function fillsOnly(fill: (row: FillRecord) => void): Recorder {
  return { ...silentRecorder(), fill };
}
