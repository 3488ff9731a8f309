import { FeeWatch } from "../../../src/adapters/feeds/kalshi/fee-watch.ts";
import { openReader } from "../../../src/adapters/sqlite/open.ts";
import { listFills } from "../../../src/adapters/sqlite/queries/orders.ts";
import { createRecorder } from "../../../src/adapters/sqlite/recorder.ts";
import { replayEvents } from "../../../src/adapters/sqlite/replay.ts";
import { readFees } from "../../../src/app/compose/engine.ts";
import {
  candleHistory,
  indexProxy,
  kalshiFeed,
  kalshiRest,
  spotFeed,
} from "../../../src/app/compose/feeds.ts";
import { openLocalExchange } from "../../../src/app/compose/local-exchange.ts";
import { assetOptions, pricingOf } from "../../../src/app/compose/pricing.ts";
import { driverOf } from "../../../src/app/compose/record.ts";
import { buildSimVenue } from "../../../src/app/compose/sim-venue.ts";
import { runFeeds } from "../../../src/app/run.ts";
import { Session } from "../../../src/app/session.ts";
import { DEFAULTS } from "../../../src/config/defaults.ts";
import type { Config } from "../../../src/config/schema.ts";
import { takerEdge } from "../../../src/core/edge.ts";
import { Engine } from "../../../src/core/engine.ts";
import type { EngineEvent } from "../../../src/core/events.ts";
import { QUADRATIC_FEES } from "../../../src/core/fees.ts";
import type { FillRecord, Opportunity } from "../../../src/core/records.ts";
import type { SlippageState } from "../../../src/core/slippage.ts";
import { hold, type Strategy, trade } from "../../../src/core/strategy.ts";
import { complement, type Ms, money, price, qty } from "../../../src/core/units.ts";
import type { LocalExchange } from "../../../src/exchange/exchange.ts";
import { exitsBy } from "../../support/engine-config.ts";

export const SERIES = "KXBTCD";
export const CONTRACTS = 3;

/** An hourly ladder: one market may be bought once, so there must be many. */
const CONFIG: Config = {
  ...DEFAULTS,
  kalshi: { ...DEFAULTS.kalshi, series: [SERIES], strikes_around: 25 },
};

/** Buys one side of each market in the minute that its name draws, whatever it is worth: fills at all times. */
const steady: Strategy = {
  name: "steady",
  evaluate(view) {
    const { fees, nowMs, p, problem } = view;
    const draw = Array.from(view.market.ticker, (char) => char.charCodeAt(0)).reduce(
      (sum, code) => sum + code,
    );
    const side = draw % 2 === 0 ? "yes" : "no";
    const ask = side === "yes" ? view.yesAsk : complement(view.yesBid ?? price(0));
    if (problem !== null) return hold([problem]);
    if (p === null || fees === null || ask === null || ask >= 9800) return hold(["not_now"]);
    const slippage = view.slippage({ strategy: "steady", configured: 0, ask });
    const edge = takerEdge({ p, side, ask, qty: QTY, schedule: fees, slippage });
    const judged = { ...edge, side, p: null } as const;
    if (Math.floor(nowMs / 60_000) % MINUTES !== draw % MINUTES) return hold(["not_now"], judged);
    const { ticker } = view.market;
    const order = { strategy: "steady", ticker, side, action: "buy", qty: QTY } as const;
    const ioc = { timeInForce: "ioc", postOnly: false, expiresMs: null, mayAdd: false } as const;
    const intent = { ...order, ...ioc, price: price(Math.min(9_800, ask + 200)) };
    return trade(intent, judged);
  },
};
const MINUTES = 11;
const QTY = qty(CONTRACTS * 100);

export interface FeesRun {
  readonly exchange: LocalExchange;
  readonly startMs: Ms;
  readonly fills: readonly FillRecord[];
  readonly rows: readonly Opportunity[];
  /** What the same engine says to the events on file. */
  replay(): { readonly fills: readonly FillRecord[]; readonly rows: readonly Opportunity[] };
}

/** `kbt paper --sim=edge` for so many minutes; the exchange's fees are the caller's to change. */
export async function runWithFees(options: {
  readonly path: string;
  readonly minutes: number;
  readonly speed: number | "max";
  readonly slippage?: readonly SlippageState[];
  /** Called before the run, and with each step of time. */
  readonly prepare: (exchange: LocalExchange, startMs: Ms) => void;
  readonly onTime?: (exchange: LocalExchange, afterMs: Ms) => void;
}): Promise<FeesRun> {
  const { minutes, onTime, path, slippage = [], speed } = options;
  const { signal } = new AbortController();
  const env = await openLocalExchange({ scenario: "edge", seed: 1, speed });
  const exchange = env.sim?.simulation as LocalExchange;
  const startMs = env.clock.nowMs();
  options.prepare(exchange, startMs);
  const rest = kalshiRest(env);
  const watch = new FeeWatch(rest, env.clock);
  let session: Session | null = null;
  const spotUsd = (product: string) => session?.spotUsd(product) ?? null;
  const kalshi = kalshiFeed(CONFIG, env, { rest, fees: watch, spotUsd });
  const fees = await readFees(CONFIG, watch, { series: [SERIES], nowMs: startMs }, signal);
  const { candles } = await candleHistory(CONFIG, env, signal);
  const recorder = createRecorder({
    path,
    env: "sim",
    writer: "inline",
    run: { mode: "paper", startedMs: startMs, version: "test", config: {}, command: "" },
    nowMs: () => env.clock.nowMs(),
  });
  const { runId } = recorder;
  const rows: Opportunity[] = [];
  const live = new Session({
    // One that also remembers: what is on file is rounded.
    recorder: new Proxy(recorder, {
      get(target, name) {
        if (name !== "opportunity") {
          const value: unknown = Reflect.get(target, name);
          return typeof value === "function" ? value.bind(target) : value;
        }
        return (row: Opportunity) => {
          rows.push(row);
          target.opportunity(row);
        };
      },
    }),
    ...engineAndVenue(runId, slippage),
    proxy: indexProxy(CONFIG, env),
    startMs,
    resync: (ticker, reason) => kalshi.resync(ticker, reason),
  });
  session = live;
  for (const report of fees.reports) live.handle(report, null);
  for (const candle of candles) live.handle(candle, null);
  const end = await runFeeds(
    {
      feeds: [kalshi, spotFeed("coinbase", CONFIG, env)],
      session: live,
      clock: env.clock,
      real: env.real,
      drive: driverOf(env),
      stopWhen: (nowMs) => {
        onTime?.(exchange, nowMs - startMs);
        return nowMs >= startMs + minutes * 60_000 ? "until" : null;
      },
      seconds: null,
      flushMs: CONFIG.storage.flush_ms,
      flush: () => recorder.flush(),
      drain: () => recorder.drain(),
      progress: () => {},
    },
    signal,
  );
  if (end.error !== null) throw end.error;
  await recorder.close(0);
  await env.close();
  return {
    exchange,
    startMs,
    rows,
    fills: fillsOf(path),
    replay: () => replayOf(path, runId, slippage),
  };
}

function engineAndVenue(runId: number, slippage: readonly SlippageState[]) {
  const pricing = pricingOf(CONFIG);
  const engine = new Engine({
    runId,
    runKey: `fees/${runId}`,
    strategies: [steady],
    limits: {
      bankroll: money(1e12),
      maxDailyLossPct: 1,
      maxPositionPct: 1,
      maxOpenPositions: 1000,
    },
    exits: exitsBy("own"),
    model: (series) => pricing.of(series),
    spotSource: "coinbase",
    staleSpotMs: 10_000,
    staleBookMs: 10_000,
    asset: (underlying) => assetOptions(CONFIG, underlying),
    feeRounding: QUADRATIC_FEES,
    slippage: { latencyMs: CONFIG.sim.latency_ms, past: slippage },
    indexSettleMs: 120_000,
  });
  return { engine, venue: buildSimVenue(CONFIG, engine) };
}

function fillsOf(path: string): FillRecord[] {
  const reader = openReader(path);
  try {
    return listFills(reader)
      .map(({ mode: _mode, runId: _run, strategy: _strategy, ...fill }) => fill)
      .toReversed();
  } finally {
    reader.close();
  }
}

/** The recorded events to a fresh engine: what the venue owes first, as in the run itself. */
function replayOf(path: string, runId: number, slippage: readonly SlippageState[]) {
  const { engine, venue } = engineAndVenue(runId, slippage);
  const rows: Opportunity[] = [];
  const fills: FillRecord[] = [];
  const step = (event: EngineEvent): void => {
    for (const effect of engine.step(event)) {
      if (effect.type === "opportunity") rows.push(effect.row);
      else if (effect.type === "fill") fills.push(effect.row);
      else if (effect.type === "submit") venue.submit(effect.order, event.recvMs);
      else if (effect.type === "cancel") venue.cancel(effect.orderId, event.recvMs);
    }
  };
  const reader = openReader(path);
  try {
    const answers = (untilMs: Ms): void => {
      for (let at = venue.nextMs(); at !== null && at <= untilMs; at = venue.nextMs()) {
        for (const answer of venue.advance(at)) step(answer);
      }
    };
    for (const event of replayEvents(reader, runId)) {
      answers(event.recvMs);
      venue.observe(event);
      answers(event.recvMs);
      step(event);
    }
  } finally {
    reader.close();
  }
  return { rows, fills };
}
