import { describe, expect, test } from "vitest";
import {
  atDecisionTimes,
  bucketOf,
  gainOf,
  HOURLY_BUCKETS,
  QUARTER_BUCKETS,
  type Row,
  scoreTable,
} from "../../../scripts/measure/models/scoring.ts";

function aRow(overrides: Partial<Row> = {}): Row {
  return {
    window: "w1",
    ticker: "T1",
    tauS: 100,
    y: 1,
    p: { model: 0.8, plain: 0.6, market: 0.7 },
    ...overrides,
  };
}

describe("buckets", () => {
  test.each([
    [900.5, undefined],
    [900, "900–720"],
    [720, "720–480"],
    [60, "60–30"],
    [0.5, "30–0"],
    [0, undefined],
  ])("%d s to close is in %s", (tauS, name) => {
    expect(bucketOf(QUARTER_BUCKETS, tauS)?.name).toBe(name);
  });

  test("of the hour are named in minutes", () => {
    expect(HOURLY_BUCKETS.map(({ name }) => name)).toEqual([
      "60–45",
      "45–30",
      "30–15",
      "15–10",
      "10–5",
      "5–0",
    ]);
    expect(bucketOf(HOURLY_BUCKETS, 600)?.name).toBe("10–5");
  });
});

describe("scoreTable", () => {
  const spec = {
    buckets: QUARTER_BUCKETS,
    sources: ["model", "market"],
    pairs: [["model", "market"] as const],
  };

  test("scores what all sources speak of, by bucket and together", () => {
    const lines = scoreTable(
      [
        aRow(),
        aRow({ window: "w2", y: 0, p: { model: 0.4, market: 0.5 } }),
        aRow({ tauS: 10, p: { model: 1, market: 0.9 } }),
        aRow({ p: { model: 0, market: Number.NaN } }),
        aRow({ tauS: 901, p: { model: 0, market: 0 } }),
      ],
      spec,
    );
    expect(lines.map(({ bucket, rows, windows }) => [bucket, windows, rows])).toEqual([
      ["120–60", 2, 2],
      ["30–0", 1, 1],
      ["all", 2, 3],
    ]);
    expect(lines[0]?.scores["model"]?.brier).toBeCloseTo((0.04 + 0.16) / 2, 12);
    expect(lines[0]?.scores["market"]?.brier).toBeCloseTo((0.09 + 0.25) / 2, 12);
    expect(lines[0]?.scores["model"]?.logLoss).toBeCloseTo(
      -(Math.log(0.8) + Math.log(0.6)) / 2,
      12,
    );
    // What is certain and right still costs the clip.
    expect(lines[1]?.scores["model"]?.logLoss).toBeCloseTo(-Math.log(0.999), 12);
    expect(lines[0]?.gains[0]?.brier.mean).toBeCloseTo((0.05 + 0.09) / 2, 12);
  });

  test("believes a mid between half a cent and the rest, and the model against it too", () => {
    const rows = [aRow({ p: { model: 0.9999, plain: 0.99, market: 1 } }), aRow({ window: "w2" })];
    const [line] = scoreTable(rows.slice(0, 1), spec);
    expect(line?.scores["market"]?.logLoss).toBeCloseTo(-Math.log(0.995), 12);
    expect(gainOf(rows.slice(0, 1), "model", "market").logLoss.mean).toBe(0);
    expect(gainOf(rows.slice(0, 1), "model", "plain").logLoss.mean).toBeCloseTo(
      Math.log(0.999 / 0.99),
      12,
    );
  });

  test("counts rows of one settlement as one piece of evidence", () => {
    const two = [aRow(), aRow({ window: "w2", y: 0, p: { model: 0.4, plain: 0.5 } })];
    const many = two.flatMap((row) => [row, row, row, row, row]);
    const [few, repeated] = [gainOf(two, "model", "plain"), gainOf(many, "model", "plain")];
    expect(repeated.brier.mean).toBeCloseTo(few.brier.mean, 12);
    expect(repeated.brier.se).toBeCloseTo(few.brier.se, 12);
    expect(repeated.brier.df).toBe(1);
  });
});

test("a decision time takes the first row at or after it, once for each market", () => {
  const rows = [305, 300, 299, 181, 178.5, 60].map((tauS) => aRow({ tauS }));
  const other = aRow({ ticker: "T2", tauS: 299.5 });
  const picked = atDecisionTimes([...rows, other], [300, 180, 60]);
  expect(picked.map(({ tauS, ticker }) => [ticker, tauS])).toEqual([
    ["T1", 300],
    ["T1", 178.5],
    ["T1", 60],
    ["T2", 299.5],
  ]);
});
