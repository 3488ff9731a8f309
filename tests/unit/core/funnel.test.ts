import { describe, expect, test } from "vitest";
import { funnelOf, stepOf, type VerdictGroup } from "../../../src/core/funnel.ts";

let id = 0;
const group = (failed: readonly string[], count: number, over: Partial<VerdictGroup> = {}) => ({
  ticker: "A",
  closeMs: 900_000,
  failed,
  count,
  isExit: false,
  best: { ev: count / 1000, opportunityId: ++id, atMs: 5 },
  ...over,
});

test.each([
  ["no_book", "data"],
  ["gap_seq", "data"],
  ["fee_unknown", "data"],
  ["strike_tbd", "strike"],
  ["closing_soon", "time"],
  ["one_sided", "spread"],
  ["vol_guess", "ev"],
  ["depth", "depth"],
  ["risk.size_zero", "size"],
  ["stake_below_one", "size"],
  ["warming", "strategy"],
  ["risk.daily_loss", "limits"],
  ["exit_working", "limits"],
  ["exit_stranded", "limits"],
  ["z_small", "strategy"],
])("%s belongs to %s", (code, step) => {
  expect(stepOf(code)).toBe(step);
});

describe("the funnel", () => {
  const groups: VerdictGroup[] = [
    group([], 3),
    group(["ev_below_min"], 20, { ticker: "B" }),
    group(["ev_below_min", "vol_guess"], 50),
    group(["closing_soon", "risk.in_market"], 7, { closeMs: 1_800_000, ticker: "C" }),
    group(["risk.in_market"], 5, { best: { ev: 0.09, opportunityId: 77, atMs: 9 } }),
    group(["no_book"], 2, { best: null, closeMs: null, ticker: "D" }),
  ];
  const funnel = funnelOf(groups);
  const past = (step: string) => funnel.steps.find((one) => one.step === step);

  test("counts what got past each step and all before it", () => {
    expect(funnel.seen).toEqual({ evaluations: 87, markets: 4, windows: 2 });
    expect(past("data")).toMatchObject({ evaluations: 85, markets: 3, windows: 2 });
    expect(past("time")).toMatchObject({ evaluations: 78, markets: 2, windows: 1 });
    expect(past("ev")).toMatchObject({ evaluations: 8, markets: 1 });
    expect(past("limits")).toMatchObject({ evaluations: 3 });
    const counts = funnel.steps.map(({ evaluations }) => evaluations);
    expect(counts).toEqual(counts.toSorted((a, b) => b - a));
  });

  test("is of entries alone: what began an exit got past no gate", () => {
    expect(funnelOf([...groups, group([], 4, { isExit: true, ticker: "E" })])).toEqual(funnel);
  });

  test("says of each gate how often it was shut, and how often nothing else was", () => {
    expect(funnel.gates).toEqual([
      { code: "ev_below_min", step: "ev", shut: 70, alone: 20 },
      { code: "risk.in_market", step: "limits", shut: 12, alone: 5 },
      { code: "vol_guess", step: "ev", shut: 50, alone: 0 },
      { code: "closing_soon", step: "time", shut: 7, alone: 0 },
      { code: "no_book", step: "data", shut: 2, alone: 0 },
    ]);
  });

  test("the nearest is the best that a single gate held back", () => {
    expect(funnel.nearest).toEqual({
      code: "risk.in_market",
      ticker: "A",
      ev: 0.09,
      opportunityId: 77,
      atMs: 9,
    });
    expect(funnelOf([group(["a", "b"], 1)]).nearest).toBeNull();
    expect(funnelOf([])).toMatchObject({ nearest: null, gates: [] });
  });
});
