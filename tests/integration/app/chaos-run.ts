import { FeeWatch } from "../../../src/adapters/feeds/kalshi/fee-watch.ts";
import { SPOT_FEEDS } from "../../../src/adapters/feeds/spot/registry.ts";
import { openReader } from "../../../src/adapters/sqlite/open.ts";
import { createRecorder } from "../../../src/adapters/sqlite/recorder.ts";
import { buildEngine, readFees } from "../../../src/app/compose/engine.ts";
import { SPOT_VENUES } from "../../../src/app/compose/environment.ts";
import {
  followedSeries,
  indexProxy,
  kalshiFeed,
  kalshiRest,
  spotFeed,
} from "../../../src/app/compose/feeds.ts";
import { openLocalExchange } from "../../../src/app/compose/local-exchange.ts";
import { pricingOf } from "../../../src/app/compose/pricing.ts";
import { driverOf } from "../../../src/app/compose/record.ts";
import { buildSimVenue } from "../../../src/app/compose/sim-venue.ts";
import { type RunEnd, runFeeds } from "../../../src/app/run.ts";
import { Session } from "../../../src/app/session.ts";
import { DEFAULTS } from "../../../src/config/defaults.ts";
import type { LocalExchange } from "../../../src/exchange/exchange.ts";
import type { ConnectionFaults } from "../../../src/exchange/faults/fault-statistics.ts";
import type { Feed } from "../../../src/ports.ts";
import { GAP_COLUMNS, type GapRow } from "../../support/accounts.ts";

export interface ChaosRun {
  readonly end: RunEnd;
  /** What the exchange says about each connection. */
  readonly connections: readonly ConnectionFaults[];
  readonly feeds: readonly Feed[];
  /** Observations stored, by feed. */
  readonly stored: ReadonlyMap<string, number>;
  readonly isLockstep: boolean;
  readonly gaps: readonly GapRow[];
  readonly endMs: number;
}

/** What `kbt paper --sim=chaos` does for so many minutes of the exchange, with the exchange's own books kept open. */
export async function runChaos(options: {
  readonly seed: number;
  readonly minutes: number;
  readonly path: string;
  /** Lockstep without sockets when left out. */
  readonly speed?: number;
}): Promise<ChaosRun> {
  const { seed, minutes, path, speed = "max" } = options;
  const { signal } = new AbortController();
  const config = { ...DEFAULTS, collect: { ...DEFAULTS.collect, level2: true } };
  const env = await openLocalExchange({ scenario: "chaos", seed, speed });
  const exchange = env.sim?.simulation as LocalExchange;
  const rest = kalshiRest(env);
  const watch = new FeeWatch(rest, env.clock);
  const kalshi = kalshiFeed(config, env, { rest, fees: watch, spotUsd: () => null });
  const venues = SPOT_VENUES.filter((name) => SPOT_FEEDS.some((feed) => feed.name === name));
  const spot = venues.map((name) => spotFeed(name, config, env));
  const feeds = [kalshi, ...spot];
  const startMs = env.clock.nowMs();
  const series = followedSeries(config, env);
  const fees = await readFees(config, watch, { series, nowMs: startMs }, signal);
  const run = {
    mode: "paper",
    startedMs: startMs,
    version: "test",
    config: {},
    command: "",
  } as const;
  const writer = speed === "max" ? "inline" : "thread";
  const clock = { nowMs: () => env.clock.nowMs() };
  const recorder = createRecorder({ path, env: "sim", run, writer, ...clock });
  const { runId } = recorder;
  const engine = buildEngine(config, {
    runId,
    runKey: "chaos",
    strategies: [],
    slippage: [],
    pricing: pricingOf(config),
  });
  const venue = buildSimVenue(config, engine);
  const resync = (ticker: string, reason: string): void => kalshi.resync(ticker, reason);
  const session = new Session({
    recorder,
    engine,
    venue,
    proxy: indexProxy(config, env),
    startMs,
    resync,
  });
  for (const report of fees.reports) session.handle(report, null);
  const end = await runFeeds(
    {
      feeds,
      session,
      clock: env.clock,
      real: env.real,
      drive: driverOf(env),
      stopWhen: (nowMs) => (nowMs >= startMs + minutes * 60_000 ? "until" : null),
      seconds: null,
      flushMs: config.storage.flush_ms,
      flush: () => recorder.flush(),
      drain: () => recorder.drain(),
      progress: () => {},
    },
    signal,
  );
  await recorder.close(0);
  await env.close();
  return {
    end,
    connections: exchange.faults.statistics().connections,
    feeds,
    stored: recorder.stored(),
    isLockstep: speed === "max",
    gaps: readGaps(path),
    endMs: env.clock.nowMs(),
  };
}

function readGaps(path: string): GapRow[] {
  const reader = openReader(path);
  try {
    return reader.db.prepare<[], GapRow>(`SELECT ${GAP_COLUMNS} FROM feed_gaps`).all();
  } finally {
    reader.close();
  }
}
