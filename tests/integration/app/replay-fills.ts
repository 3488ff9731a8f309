import type { Reader } from "../../../src/adapters/sqlite/open.ts";
import { replayEvents } from "../../../src/adapters/sqlite/replay.ts";
import { silentRecorder } from "../../../src/app/backtest/silent-recorder.ts";
import { buildEngine } from "../../../src/app/compose/engine.ts";
import { pricingOf } from "../../../src/app/compose/pricing.ts";
import { buildShadow, buildSimVenue, shadowed } from "../../../src/app/compose/sim-venue.ts";
import { Session } from "../../../src/app/session.ts";
import type { Config } from "../../../src/config/schema.ts";
import type { Recorder } from "../../../src/ports.ts";

/** What the events of a recorded paper run fill in a run of another number, told as that of the first. */
export function replayFills(reader: Reader, runId: number, otherId: number) {
  const run = reader.db
    .prepare<[number], { startedMs: number; endedMs: number; config: string }>(
      "SELECT started_ms AS startedMs, ended_ms AS endedMs, config_json AS config FROM runs WHERE run_id = ?",
    )
    .get(runId);
  if (run === undefined) throw new Error(`there is no run ${runId}`);
  const config = JSON.parse(run.config) as Config;
  const named = (orderId: string | null): string | null =>
    orderId?.replace(`r${otherId}-`, `r${runId}-`) ?? null;
  const fills: unknown[] = [];
  const shadow: unknown[] = [];
  const engine = buildEngine(config, {
    runId: otherId,
    runKey: `paper/${otherId}`,
    strategies: [],
    slippage: [],
    pricing: pricingOf(config),
  });
  const account = buildShadow(config, engine, {
    past: [],
    record: ({ action, atMs, fee, orderId, pnl, price, qty }) =>
      shadow.push({
        order_id: named(orderId),
        action,
        price_cc: price,
        qty_cq: qty,
        fee_ud: fee,
        pnl_ud: pnl,
        at_ms: atMs,
      }),
  });
  const recorder: Recorder = {
    ...silentRecorder(),
    runId: otherId,
    fill: ({ atMs, fee, fillClass, orderId, price, qty }) =>
      fills.push({
        order_id: named(orderId),
        price_cc: price,
        qty_cq: qty,
        fee_ud: fee,
        fill_class: fillClass,
        at_ms: atMs,
      }),
  };
  const session = new Session({
    recorder,
    engine,
    venue: shadowed(buildSimVenue(config, engine), account),
    proxy: null,
    startMs: run.startedMs,
    resync: () => {},
  });
  for (const event of replayEvents(reader, runId)) {
    // The session wakes the engine by itself.
    if (event.type !== "wake") session.handle(event);
  }
  session.finish(run.endedMs);
  return { fills, shadow };
}
