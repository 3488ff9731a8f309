import { expect, test } from "vitest";
import { createFeedStats } from "../../../src/adapters/platform/feed-stats.ts";
import { createHoldingLog } from "../../../src/app/holding-log.ts";
import { Session, type SessionTotals } from "../../../src/app/session.ts";
import type { Feed, Recorder } from "../../../src/ports.ts";

const RECORDER: Pick<Recorder, "runId"> = { runId: 1 };

function totalsOf(): SessionTotals {
  const session = new Session({
    recorder: RECORDER as Recorder,
    engine: null,
    venue: null,
    proxy: null,
    startMs: 0,
    resync: () => undefined,
  });
  return session.totals;
}

const KALSHI: Feed = {
  name: "kalshi",
  stats: createFeedStats(),
  status: () => "reconnecting in 3 s",
  run: async () => {},
};

function evaluate(totals: SessionTotals, reason: string, count: number): void {
  totals.evaluations += count;
  totals.held.set(reason, (totals.held.get(reason) ?? 0) + count);
}

test("a run that holds says why at least every 30 s, of that stretch, and what it waits for", () => {
  const totals = totalsOf();
  const said: Record<string, unknown>[] = [];
  let mono = 5_000;
  const say = createHoldingLog({
    feeds: [KALSHI],
    log: { info: (fields) => void said.push({ ...fields, at: mono }) },
    real: { monoMs: () => mono },
    totals,
  });
  /** As a run does it: twice a second. */
  const pass = (seconds: number): void => {
    for (let half = 0; half < seconds * 2; half++) {
      mono += 500;
      say();
    }
  };
  evaluate(totals, "spread_wide", 30);
  evaluate(totals, "ev_below_min", 70);
  pass(30);
  expect(said).toEqual([
    {
      ev: "run.holding",
      reason: "ev_below_min",
      count: 70,
      evaluations: 100,
      trades: 0,
      fills: 0,
      stretch_s: 29,
      reasons: { ev_below_min: 70, spread_wide: 30 },
      at: 34_000,
    },
  ]);
  evaluate(totals, "spread_wide", 9);
  totals.evaluations++;
  totals.trades++;
  pass(30);
  expect(said[1]).toMatchObject({ reason: "spread_wide", count: 9, evaluations: 10, trades: 1 });
  pass(30);
  expect(said[2]).toMatchObject({
    reason: null,
    count: 0,
    evaluations: 0,
    feeds: "kalshi: reconnecting in 3 s",
  });
  pass(600);
  const times = said.map(({ at }) => Number(at));
  expect(Math.max(...times.slice(1).map((at, i) => at - (times[i] ?? 0)))).toBeLessThanOrEqual(
    30_000,
  );
});
