import { fetchCandles } from "../../src/adapters/feeds/coinbase/feed.ts";
import { createSigner } from "../../src/adapters/kalshi/auth.ts";
import { createKalshiHistory } from "../../src/adapters/kalshi/history.ts";
import { createSystemClock } from "../../src/adapters/platform/system-clock.ts";
import { VirtualClock } from "../../src/adapters/platform/virtual-clock.ts";
import { createHistoryStore } from "../../src/adapters/sqlite/history-store.ts";
import { createRecorder } from "../../src/adapters/sqlite/recorder.ts";
import {
  backfillCandles,
  backfillMarkets,
  backfillSpot,
  backfillTrades,
} from "../../src/app/compose/backfill-steps.ts";
import { BackfillLog, type BackfillParts } from "../../src/app/compose/backfill-work.ts";
import { createLockstepHttp } from "../../src/app/compose/lockstep.ts";
import { createLocalExchange } from "../../src/exchange/exchange.ts";
import { createScenarioWorld } from "../../src/exchange/scenario/scenario-world.ts";
import type { Clock } from "../../src/ports.ts";

const HOUR_MS = 3_600_000;

/** Some quiet hours of the local exchange, fetched afterwards as `collect --backfill` does it; their bounds. */
export async function backfilled(
  path: string,
  of: { readonly hours: number; readonly series: readonly string[]; readonly products: string[] },
): Promise<{ readonly fromMs: number; readonly toMs: number }> {
  const world = createScenarioWorld({ scenario: "quiet", seed: 5 });
  const exchange = createLocalExchange({ world, historyCutoffMs: () => world.startMs });
  const fromMs = world.startMs;
  const toMs = fromMs + of.hours * HOUR_MS;
  exchange.runUntil(toMs);
  const clock = new VirtualClock(toMs);
  const stepping: Clock = {
    nowMs: () => clock.nowMs(),
    monoMs: () => clock.monoMs(),
    sleep: (ms, signal) => {
      signal.throwIfAborted();
      const untilMs = Math.ceil(clock.nowMs() + ms);
      exchange.runUntil(untilMs);
      clock.moveTo(untilMs);
      return Promise.resolve();
    },
  };
  const recorder = createRecorder({
    path,
    env: "sim",
    run: { mode: "collect", startedMs: toMs, version: "test", config: {}, command: "" },
    nowMs: () => clock.nowMs(),
  });
  const store = createHistoryStore({ path, env: "sim" });
  const http = createLockstepHttp(exchange, stepping);
  const { keyId, privateKeyPem } = exchange;
  const signer = createSigner({ keyId, privateKeyPem });
  const baseUrl = "http://exchange.local/trade-api/v2";
  const parts: BackfillParts = {
    history: createKalshiHistory({ baseUrl, http, clock: stepping, signer }),
    store,
    recorder,
    clock: stepping,
    real: createSystemClock(),
    log: new BackfillLog(),
    spotCandles: (range, signal) =>
      fetchCandles({ baseUrl: "http://exchange.local", http, nowMs: toMs, ...range }, signal),
    progress: () => {},
  };
  const { signal } = new AbortController();
  try {
    const past = { series: of.series, fromMs, toMs, wants: () => true };
    const targets = await backfillMarkets(parts, past, signal);
    await backfillCandles(parts, targets, signal);
    await backfillTrades(parts, targets, signal);
    await backfillSpot(parts, { fromMs, products: of.products, toMs }, signal);
  } finally {
    await recorder.close(0);
    store.close();
  }
  if (parts.log.problems.length > 0) throw new Error(parts.log.problems.join("; "));
  return { fromMs, toMs };
}
