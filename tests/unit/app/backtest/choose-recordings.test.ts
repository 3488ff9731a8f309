import { describe, expect, test } from "vitest";
import { chooseRecordings } from "../../../../src/app/backtest/choose-recordings.ts";

const recording = (runId: number, startedMs: number, endedMs: number, mode = "collect") => ({
  runId,
  mode,
  startedMs,
  endedMs,
});
type Asked = Parameters<typeof chooseRecordings>[1];
const ALL: Asked = { runs: [], sinceMs: null, untilMs: null };

const idsOf = (asked: Partial<Asked>, all = RUNS): number[] =>
  chooseRecordings(all, { ...ALL, ...asked }).chosen.map(({ runId }) => runId);

const RUNS = [
  recording(3, 2_000, 3_000),
  recording(1, 0, 1_000),
  recording(2, 500, 1_500, "paper"),
  recording(4, 2_000, 2_500, "paper"),
  recording(5, 4_000, 5_000, "backtest"),
];

describe("the recordings of a backtest", () => {
  test("are all that do not overlap, in the order of time, the longer one of a start", () => {
    expect(idsOf({})).toEqual([1, 3]);
    const { warnings } = chooseRecordings(RUNS, ALL);
    expect(warnings).toHaveLength(2);
    expect(warnings[0]).toMatch(/^run 2 is left out: it recorded the same time as run 1 /);
  });

  test("are those that were named, a backtest's own too", () => {
    expect(idsOf({ runs: [4, 2] })).toEqual([2, 4]);
    expect(idsOf({ runs: [5] })).toEqual([5]);
  });

  test("are those that reach into the time asked for", () => {
    expect(idsOf({ sinceMs: 1_200 })).toEqual([2, 3]);
    expect(idsOf({ untilMs: 2_000 })).toEqual([1]);
  });

  test("names the runs there are when one is not", () => {
    expect(() => chooseRecordings(RUNS, { ...ALL, runs: [9] })).toThrow(
      "run 9 has no recorded inputs",
    );
  });
});
