import { describe, expect, test } from "vitest";
import {
  clusterMean,
  minimumDetectableEdge,
  requiredSettlements,
  wilson,
} from "../../../src/core/calibration/intervals.ts";
import { firstLooks, pickRows, type ScoredRow } from "../../../src/core/calibration/pick-rows.ts";
import { eceIfCalibrated, reliability } from "../../../src/core/calibration/reliability.ts";
import { calibrationReport } from "../../../src/core/calibration/report.ts";
import { auc, bins, clippedCount, ece } from "../../../src/core/calibration/scores.ts";
import { mulberry32 } from "../../../src/core/rng.ts";

function row(changes: Partial<ScoredRow> = {}): ScoredRow {
  return {
    window: "2026-11-02T14:15:00Z",
    ticker: "KXBTC15M-26NOV021415-15",
    atMs: 0,
    tauS: 300,
    strategy: "threshold-ev",
    seriesTicker: "KXBTC15M",
    pModel: 0.6,
    pStrategy: null,
    pMarket: 0.5,
    outcome: 1,
    decision: "no_trade",
    reason: "ev_below_min",
    failed: null,
    ...changes,
  };
}

describe("rows at decision times", () => {
  test.each([
    ["at the time", "KXBTC15M", 300, 1],
    ["four seconds late", "KXBTC15M", 296, 1],
    ["six seconds late", "KXBTC15M", 294, 0],
    ["early", "KXBTC15M", 300.1, 0],
    ["at a time of hourly series only", "KXBTC15M", 600, 0],
    ["hourly", "KXBTCD", 600, 1],
    ["hourly, at a time of 15-minute series only", "KXBTCD", 180, 0],
  ])("%s", (_, seriesTicker, tauS, count) => {
    expect(pickRows([row({ seriesTicker, tauS })])).toHaveLength(count);
  });

  test("the first one counts, in whatever order they come, for each strategy, market and time", () => {
    const first = row({ atMs: 1_000, tauS: 299.5 });
    const later = row({ atMs: 3_000, tauS: 297.5 });
    const others = [
      row({ tauS: 180 }),
      row({ strategy: "other" }),
      row({ ticker: "KXBTC15M-26NOV021430-30" }),
    ];
    expect(pickRows([later, first, ...others])).toEqual([first, ...others]);
    expect(pickRows([first, later])).toEqual([first]);
  });

  test("of what comes in only what a pick can choose is kept: by run, strategy and kind of probability", () => {
    const looks = firstLooks<ScoredRow & { readonly runId: number }>();
    const first = { ...row({ atMs: 1_000, tauS: 299.5 }), runId: 1 };
    const later = { ...first, atMs: 3_000, tauS: 297.5 };
    const kinds = [{ runId: 2 }, { strategy: "other" }, { pModel: null }, { pStrategy: 0.4 }];
    const others = kinds.map((kind) => ({ ...later, ...kind }));
    const between = { ...later, tauS: 600, strategy: "between" };
    for (const one of [first, later, ...others, ...others, between]) looks.add(one);
    expect(looks.rows()).toEqual([first, ...others, between]);
    expect(looks.added()).toBe(11);
  });
});

/** Windows whose outcome follows the model, which differs from a market that always says one half. */
function windows(count: number, changes: Partial<ScoredRow> = {}): ScoredRow[] {
  const rng = mulberry32(5);
  return Array.from({ length: count }, (_, i) => {
    const pModel = 0.3 + 0.4 * rng.next();
    const outcome = rng.next() < pModel ? 1 : 0;
    const window = `w${i}`;
    const both = { window, ticker: window, pModel, outcome, ...changes } as const;
    return [row({ ...both, tauS: 300 }), row({ ...both, tauS: 180 })];
  }).flat();
}

describe("report", () => {
  const options = { minWindows: 100, eps: 1e-3, baselines: [] };

  test("says how many settled windows are missing", () => {
    const report = calibrationReport(windows(40), options);
    expect(report).toMatchObject({
      status: "not_enough",
      windows: 40,
      missingWindows: 60,
      rowsIn: 80,
    });
    expect(report.all).toMatchObject({ rows: 80, scored: 80, windows: 40 });
    expect(report.all.minimumDetectableEdge).toBeCloseTo(0.1966, 3);
  });

  test("scores what knows nothing on the same rows: NO always, and the rate of YES so far", () => {
    const rows = windows(400);
    const baselines = calibrationReport(rows, options).all.scores?.baselines;
    const yes = rows.filter(({ outcome }) => outcome === 1).length / rows.length;
    expect(baselines?.alwaysNo.brier).toBeCloseTo(yes, 12);
    expect(baselines?.baseRate.brier).toBeCloseTo(0.25, 1);
    // Where the strategy would trade, the rate still knows all markets that had settled.
    const lone = {
      window: "x",
      ticker: "x",
      outcome: 1,
      pMarket: 0.5,
      decision: "trade",
      reason: "edge",
    } as const;
    const alone = calibrationReport([...rows, row({ ...lone, tauS: 300 })], options).wouldTrade;
    expect(alone.scores?.baselines.baseRate.brier).toBeCloseTo(
      (1 - (yes * 400 + 1) / 402) ** 2,
      12,
    );
  });

  test("is inconclusive with enough of them, and compares model and market on the same rows", () => {
    const report = calibrationReport(windows(400), options);
    expect(report).toMatchObject({ status: "inconclusive", missingWindows: 0 });
    const scores = report.all.scores;
    expect(scores?.market.brier).toBe(0.25);
    expect(scores?.brierGain.mean).toBeCloseTo(0.25 - (scores?.model.brier ?? 0), 12);
    expect(scores?.brierGain.df).toBe(399);
    expect(scores?.logLossGain.mean).toBeCloseTo(Math.log(2) - (scores?.model.logLoss ?? 0), 12);
    expect(Math.abs(scores?.spiegelhalter.z ?? 9)).toBeLessThan(3);
    expect(scores?.reliability.reduce((sum, bin) => sum + bin.count, 0)).toBe(800);
  });

  test("two rows of one window are not twice the evidence", () => {
    const single = windows(200).filter(({ tauS }) => tauS === 300);
    const doubled = calibrationReport(windows(200), options).all.scores?.brierGain;
    const once = calibrationReport(single, options).all.scores?.brierGain;
    expect(doubled?.se).toBeCloseTo(once?.se ?? 0, 12);
  });

  test("rows without a market price are counted, not scored", () => {
    const report = calibrationReport([...windows(3), row({ pMarket: null, ticker: "x" })], options);
    expect(report.all).toMatchObject({ rows: 7, scored: 6, windows: 3 });
  });

  test("the would-trade universe holds only what the strategy wanted", () => {
    const traded = windows(2, { decision: "trade", reason: "edge" });
    const report = calibrationReport([...traded, row({ window: "z", ticker: "z" })], options);
    expect(report.wouldTrade).toMatchObject({ rows: 4, windows: 2, missingWindows: 98 });
    expect(report.all.windows).toBe(3);
    const held = calibrationReport([row({ reason: "risk.max_order" })], options);
    expect(held.wouldTrade.rows).toBe(1);
  });

  test("nothing settled is no error", () => {
    const report = calibrationReport([], { ...options, minWindows: 0 });
    expect(report.all).toEqual({
      status: "not_enough",
      rows: 0,
      scored: 0,
      windows: 0,
      missingWindows: 0,
      minimumDetectableEdge: null,
      scores: null,
    });
  });

  test("a market at the end of its tick is not believed to be certain", () => {
    const certain = row({ pMarket: 1, outcome: 0, pModel: 0 });
    const scores = calibrationReport([certain], options).all.scores;
    expect(scores?.market.brier).toBeCloseTo(0.995 ** 2, 12);
    expect(scores?.model.clipped).toBe(1);
    expect(scores?.market.clipped).toBe(0);
    expect(scores?.brierGain.se).toBeNaN();
  });
});

/** The same markets and times again, as a strategy with an own opinion saw them. */
function asSeenBy(strategy: string, pStrategy: (row: ScoredRow) => number | null): ScoredRow[] {
  return windows(30).map((one) => ({ ...one, strategy, pStrategy: pStrategy(one) }));
}

describe("whose probability is scored", () => {
  const options = { minWindows: 100, eps: 1e-3, baselines: ["always-no"] };
  test("that of a strategy that has its own, and not where it had none", () => {
    const rows = asSeenBy("kelly-vol", ({ tauS, outcome }) =>
      tauS === 300 ? null : 0.25 + outcome / 2,
    );
    const report = calibrationReport(rows, options);
    expect(report).toMatchObject({ forecaster: "kelly-vol", silent: 30, rowsIn: 60, others: [] });
    expect(report.all).toMatchObject({ rows: 30, windows: 30 });
    expect(report.all.scores?.model.brier).toBeCloseTo(0.25 ** 2, 12);
  });

  test("that of the model once for each market and time, however many strategies went by it", () => {
    const one = windows(30);
    const two = one.map((seen) => ({ ...seen, strategy: "favourite" }));
    expect(calibrationReport([...one, ...two], options).all).toEqual(
      calibrationReport(one, options).all,
    );
    // What only the second would trade is found behind the first's refusal of the same moment.
    const traded = two.map((seen) => ({ ...seen, decision: "trade", reason: "edge" }) as const);
    expect(calibrationReport([...one, ...traded], options).wouldTrade.rows).toBe(60);
  });

  test("several side by side: own ones stand alone, baselines last", () => {
    const rows = [
      ...asSeenBy("always-no", () => 0),
      ...asSeenBy("kelly-vol", ({ outcome }) => 0.25 + outcome / 2),
      ...windows(30),
    ];
    const report = calibrationReport(rows, options);
    const { all, others, wouldTrade } = calibrationReport(windows(30), options);
    expect(report).toMatchObject({ forecaster: "model", all, wouldTrade });
    expect(others).toEqual([]);
    expect(report.others.map(({ forecaster }) => forecaster)).toEqual(["kelly-vol", "always-no"]);
    const [kelly, no] = report.others.map((other) => other.all);
    expect(kelly?.scores?.model.brier).toBeCloseTo(0.25 ** 2, 12);
    expect(no?.scores?.model.brier).toBe(report.all.scores?.baselines.alwaysNo.brier);
    // Without the model's rows the report is about the one strategy that is no baseline.
    const alone = calibrationReport(rows.slice(0, 120), options);
    expect(alone).toMatchObject({ forecaster: "kelly-vol", others: [{ forecaster: "always-no" }] });
    // Between two there is no choosing.
    const both = calibrationReport([...rows.slice(60, 120), ...asSeenBy("b", () => 0.5)], options);
    expect(both).toMatchObject({ forecaster: "model", all: { rows: 0 } });
    expect(both.others).toHaveLength(2);
  });

  test("also where the model said nothing", () => {
    const rows = asSeenBy("own", () => 0.4).map((one) => ({ ...one, pModel: null }));
    expect(calibrationReport(rows, options).all.rows).toBe(60);
    expect(calibrationReport([row({ pModel: null })], options).all.rows).toBe(0);
  });
});

test("what began an exit is no trade that was to be scored", () => {
  const options = { minWindows: 100, eps: 1e-3, baselines: [] };
  const sold = row({ decision: "trade", reason: "model_exit", failed: "" });
  expect(calibrationReport([sold], options)).toMatchObject({
    all: { rows: 1 },
    wouldTrade: { rows: 0 },
  });
});

test("a mid of a book that is not to be trusted is no opinion, wherever that gate stands", () => {
  const options = { minWindows: 100, eps: 1e-3, baselines: [] };
  const stale = row({ reason: "baseline", failed: "baseline,book_stale" });
  expect(calibrationReport([stale], options).all).toMatchObject({ rows: 1, scored: 0 });
});

test("reliability bins carry their bounds and leave empty ones out", () => {
  const table = reliability({ p: [0.05, 0.07, 0.95, 1], y: [0, 1, 1, 1] });
  expect(table.map(({ from, to, count }) => [from, to, count])).toEqual([
    [0, 0.1, 2],
    [0.9, 1, 2],
  ]);
  expect(table[0]).toMatchObject({ meanP: 0.060000000000000005, observed: 0.5 });
  expect(table[1]?.upper).toBe(1);
  expect(table[1]?.lower).toBeCloseTo(0.342, 3);
});

test.each([
  [50, 0.14],
  [100, 0.1],
  [300, 0.057],
  [1_000, 0.032],
])("a perfect model shows an error by chance: %d rows", (n, expected) => {
  const p = Array.from({ length: n }, (_, i) => (i + 0.5) / n);
  expect(eceIfCalibrated(p)).toBeCloseTo(expected, 2);
});

test("edges of the scores", () => {
  expect(clippedCount([0, 0.0005, 0.5, 1], 1e-3)).toBe(3);
  expect(auc({ p: [0.2, 0.4], y: [1, 1] })).toBeNaN();
  expect(bins({ p: [0.3, 0.1, 0.2], y: [1, 0, 0] }, { count: 2, kind: "mass" })).toEqual([
    { count: 2, meanP: 0.15000000000000002, meanY: 0 },
    { count: 1, meanP: 0.3, meanY: 1 },
  ]);
  expect(ece({ p: [1], y: [1], bins: 10, kind: "width" })).toEqual({ ece: 0, mce: 0 });
  expect(wilson({ k: 0, n: 0, conf: 0.95 })).toEqual([0, 1]);
  expect(clusterMean({ d: [1, 2], cluster: ["a", "a"] }).se).toBeNaN();
});

// models.md §4.9: 100, 200, 300 and 500 settlements show 12, 9, 7 and 5.6 cents at p = .5.
test.each([
  [100, 0.124],
  [200, 0.088],
  [300, 0.072],
  [500, 0.056],
])("%d settlements show an edge of %d", (count, edge) => {
  expect(minimumDetectableEdge(count)).toBeCloseTo(edge, 3);
  const back = requiredSettlements({
    edge: minimumDetectableEdge(count),
    p: 0.5,
    alpha: 0.05,
    power: 0.8,
  });
  expect(back.pnlOrEncompassing).toBeCloseTo(count, 6);
});
