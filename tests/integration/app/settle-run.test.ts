import { expect, test } from "vitest";
import { FeeWatch } from "../../../src/adapters/feeds/kalshi/fee-watch.ts";
import { openReader } from "../../../src/adapters/sqlite/open.ts";
import { listLedger } from "../../../src/adapters/sqlite/queries/ledger.ts";
import { createRecorder } from "../../../src/adapters/sqlite/recorder.ts";
import { replayEvents } from "../../../src/adapters/sqlite/replay.ts";
import { readFees } from "../../../src/app/compose/engine.ts";
import { kalshiFeed, kalshiRest, spotFeed } from "../../../src/app/compose/feeds.ts";
import { openLocalExchange } from "../../../src/app/compose/local-exchange.ts";
import { driverOf } from "../../../src/app/compose/record.ts";
import { buildSimVenue } from "../../../src/app/compose/sim-venue.ts";
import { runFeeds } from "../../../src/app/run.ts";
import { Session } from "../../../src/app/session.ts";
import { DEFAULTS } from "../../../src/config/defaults.ts";
import type { Config } from "../../../src/config/schema.ts";
import { Engine } from "../../../src/core/engine.ts";
import type { LedgerRecord } from "../../../src/core/records.ts";
import type { Paid } from "../../../src/core/settle-legs.ts";
import { hold, type Strategy, trade } from "../../../src/core/strategy.ts";
import { money, qty } from "../../../src/core/units.ts";
import type { LocalExchange } from "../../../src/exchange/exchange.ts";
import type { WorldMarket } from "../../../src/exchange/world.ts";
import { anEngineConfig } from "../../support/engine-config.ts";
import { tempDb } from "../sqlite/support.ts";

// One window of two 15-minute markets through the local exchange, both held: the result of one comes late and is not what the
// index says, that of the other is scalar and then amended.

const SERIES = ["KXBTC15M", "KXSOL15M"] as const;
const MINUTE = 60_000;
const CONFIG: Config = {
  ...DEFAULTS,
  kalshi: { ...DEFAULTS.kalshi, series: [...SERIES] },
  sim: { ...DEFAULTS.sim, settle_by_index_after_s: 60 },
};

/** Buys ten YES of each market once, whatever they are worth. */
function eager(): Strategy {
  return {
    name: "eager",
    evaluate({ holding, market, problem, yesAsk }) {
      if (problem !== null || holding !== null || yesAsk === null) return hold(["not_now"]);
      const order = {
        strategy: "eager",
        ticker: market.ticker,
        side: "yes",
        action: "buy",
      } as const;
      const ioc = { timeInForce: "ioc", postOnly: false, expiresMs: null, mayAdd: false } as const;
      const judged = { side: "yes", cost: money(yesAsk * 100), ev: 0, p: null } as const;
      return trade({ ...order, ...ioc, price: yesAsk, qty: qty(1_000) }, judged);
    },
  };
}

function engineOf(runId: number): Engine {
  const limits = {
    bankroll: money(1e12),
    maxDailyLossPct: 1,
    maxPositionPct: 1,
    maxOpenPositions: 100,
  };
  const strategies = [eager()];
  return new Engine(
    anEngineConfig({ runId, runKey: "settle", strategies, limits, indexSettleMs: MINUTE }),
  );
}

function openMarket(world: LocalExchange["world"], series: string): WorldMarket {
  const isOpen = ({ seriesTicker, status }: WorldMarket) =>
    seriesTicker === series && status === "active";
  const found = world.markets().find(isOpen);
  if (found === undefined) throw new Error(`no open market of ${series}`);
  return found;
}

const isOf =
  ({ ticker }: WorldMarket) =>
  (paid: Paid) =>
    paid.ruling.ticker === ticker;

const facts = (leg: Pick<LedgerRecord, "atMs" | "ticker" | "cost" | "status" | "source">) =>
  [leg.atMs, leg.ticker, leg.cost, leg.status, leg.source].join(" ");

test("I29: late, scalar and amended results through the local exchange", async () => {
  const path = tempDb();
  const { signal } = new AbortController();
  const env = await openLocalExchange({ scenario: "edge", seed: 1, speed: "max" });
  const exchange = env.sim?.simulation as LocalExchange;
  const startMs = env.clock.nowMs();
  const { world } = exchange;
  const [late, amended] = SERIES.map((series) => openMarket(world, series));
  const { controls } = world;
  if (late === undefined || amended === undefined || controls === undefined) throw new Error("?");
  const { closeMs } = late;
  controls.delaySettlement(late.ticker, 2 * MINUTE);
  controls.forceResult(amended.ticker, 2_500);

  const rest = kalshiRest(env);
  const watch = new FeeWatch(rest, env.clock);
  const kalshi = kalshiFeed(CONFIG, env, { rest, fees: watch, spotUsd: () => null });
  const fees = await readFees(CONFIG, watch, { series: SERIES, nowMs: startMs }, signal);
  const recorder = createRecorder({
    path,
    env: "sim",
    writer: "inline",
    run: { mode: "paper", startedMs: startMs, version: "test", config: {}, command: "" },
    nowMs: () => env.clock.nowMs(),
  });
  const engine = engineOf(recorder.runId);
  const session = new Session({
    recorder,
    engine,
    venue: buildSimVenue(CONFIG, engine),
    proxy: null,
    startMs,
    resync: (ticker, reason) => kalshi.resync(ticker, reason),
  });
  for (const report of fees.reports) session.handle(report, null);
  let isForced = false;
  let isAmended = false;
  const end = await runFeeds(
    {
      feeds: [kalshi, spotFeed("coinbase", CONFIG, env)],
      session,
      clock: env.clock,
      real: env.real,
      drive: driverOf(env),
      stopWhen: (nowMs) => {
        if (!isForced && nowMs > closeMs + 90_000) {
          isForced = true;
          // The opposite of what the average says, which has settled it by then.
          const paid = engine.settling.provisional().find(isOf(late));
          const isYes = paid?.ruling.result === "yes";
          controls.forceResult(late.ticker, isYes ? 0 : 10_000);
        }
        // Once its first result has been paid.
        if (!isAmended && engine.settling.provisional().some(isOf(amended))) {
          isAmended = true;
          controls.amendResult(amended.ticker, 0);
        }
        return nowMs >= closeMs + 4 * MINUTE ? "until" : null;
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

  const reader = openReader(path);
  const legs = listLedger(reader).toReversed();
  const told = ({ ticker }: WorldMarket) =>
    legs
      .filter((leg) => leg.ticker === ticker && leg.action === "settle")
      .map(({ cost, provisional, source, status }) => {
        return `${source} ${status} ${(0 - cost) / 1e6} ${provisional === 1 ? "provisional" : "final"}`;
      });
  const [byIndex, ...corrected] = told(late);
  const index = world.market(late.ticker)?.result === "yes" ? "no" : "yes";
  const paid = index === "yes" ? 10 : 0;
  expect(byIndex).toBe(`index_average ${index} ${paid} provisional`);
  expect(corrected.map((leg) => leg.split(" ").at(2))).toContain(String(paid === 10 ? -10 : 10));
  expect(corrected.at(-1)).toMatch(/ final$/);
  expect(told(amended)).toEqual(["kalshi scalar 2.5 provisional", "kalshi no -2.5 final"]);

  // The same events to a fresh engine make the same legs.
  const again: Omit<LedgerRecord, "ruling">[] = [];
  const fresh = engineOf(recorder.runId);
  const venue = buildSimVenue(CONFIG, fresh);
  const step = (event: Parameters<Engine["step"]>[0]): void => {
    for (const effect of fresh.step(event)) {
      if (effect.type === "ledger") again.push(effect.row);
      else if (effect.type === "submit") venue.submit(effect.order, event.recvMs);
    }
  };
  const answers = (untilMs: number): void => {
    for (let at = venue.nextMs(); at !== null && at <= untilMs; at = venue.nextMs()) {
      for (const answer of venue.advance(at)) step(answer);
    }
  };
  for (const event of replayEvents(reader, recorder.runId)) {
    answers(event.recvMs);
    venue.observe(event);
    answers(event.recvMs);
    step(event);
  }
  reader.close();
  expect(again.map(facts)).toEqual(legs.map(facts));
}, 120_000);
