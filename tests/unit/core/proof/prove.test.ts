import { describe, expect, test } from "vitest";
import {
  DEFAULT_PROOF_OPTIONS,
  type ProofInput,
  proofOf,
} from "../../../../src/core/proof/prove.ts";
import type { ProofRow } from "../../../../src/core/proof/rows.ts";
import { money } from "../../../../src/core/units.ts";
import { proofWorld, type Right } from "../../../support/proof-world.ts";

const OPTIONS = { ...DEFAULT_PROOF_OPTIONS, draws: 20, resamples: 100 };

function judged(rows: readonly ProofRow[], changes: Partial<ProofInput> = {}) {
  const input: ProofInput = {
    forecaster: "model",
    rows,
    filled: [],
    versionOf: new Map([[1, "first"]]),
    realised: [],
    isReplay: false,
    counts: {
      evaluated: rows.length,
      with_probability: rows.length,
      at_decision_time: rows.length,
    },
    coverage: { markets: 0, settledMarkets: 0, settledWindows: 0, leftOut: [] },
    ...changes,
  };
  return proofOf(input, OPTIONS);
}

/** Every number of a document, by its path. */
function numbersOf(value: unknown, path = ""): [string, number][] {
  if (typeof value === "number") return [[path, value]];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, one]) => numbersOf(one, `${path}.${key}`));
}

describe("proof of edge", () => {
  test.each<[name: string, right: Right, count: number, verdict: string]>([
    ["a model that is right where the market errs", "model", 480, "CONFIRMED"],
    ["a market that is right where the model errs", "market", 480, "KILL"],
    ["a real edge that has not been watched for long", "model", 150, "INCONCLUSIVE"],
    ["a real edge in too few windows", "model", 60, "NOISY"],
    ["nothing", "model", 0, "NOISY"],
  ])("%s", (_, right, count, verdict) => {
    const proof = judged(proofWorld({ count, right, seed: 3, errorSd: 0.08 }));
    expect([proof.verdict.name, proof.verdict.reason]).toEqual([verdict, expect.any(String)]);
    expect(numbersOf(proof).filter(([, value]) => !Number.isFinite(value))).toEqual([]);
  });

  const rows = proofWorld({ count: 480, right: "model", seed: 3, errorSd: 0.08 });
  const whole = judged(rows);

  test("windows are counted and not rows: the same rows twice are no more evidence", () => {
    const twice = judged([...rows, ...rows.map((row) => ({ ...row, strategy: "other" }))]);
    expect(twice.evidence).toEqual(whole.evidence);
    expect(twice.verdict).toEqual(whole.verdict);
    expect(twice.breakdowns.strategy.map(({ key }) => key)).toEqual(["other", "threshold-ev"]);
  });

  test("changed parameters begin anew, and the new ones pay for those that were tried", () => {
    const closes = [...new Set(rows.map(({ closeMs }) => closeMs))];
    const changedMs = closes[240] ?? 0;
    const cut = rows.map((row) => ({ ...row, runId: row.closeMs > changedMs ? 2 : 1 }));
    const versionOf = new Map([
      [1, "first"],
      [2, "second"],
    ]);
    const proof = judged(cut, { versionOf });
    expect(proof.version).toMatchObject({ id: "second", runs: [2] });
    expect(proof.versions.map(({ id }) => id)).toEqual(["second", "first"]);
    expect(proof.verdict.name).not.toBe("CONFIRMED");
    expect(Math.exp(proof.evidence.logThreshold)).toBeCloseTo(40, 9);
    expect(whole.verdict.name).toBe("CONFIRMED");
  });

  test("orders that wait in the book are trades where they filled, at their time and cost", () => {
    const resting = rows.map((row) => ({ ...row, isResting: true }));
    const unfilled = judged(resting);
    expect(unfilled.verdict).toMatchObject({ name: "NOISY", windows: 0 });
    expect(unfilled.evidence.bets).toBe(0);
    const count = (proof: ReturnType<typeof judged>, stage: string) =>
      proof.funnel.find(({ name }) => name === stage)?.rows;
    expect(count(unfilled, "would_trade")).toBe(count(whole, "would_trade"));
    // Sold to it only what loses, as a book does that knows more.
    const filled = resting.filter(
      ({ decision, outcome, side }) => decision === "trade" && (side === "yes") === (outcome === 0),
    );
    const adverse = judged(resting, { filled });
    expect(adverse.verdict.name).toBe("KILL");
    expect(adverse.universes.wouldTrade).toEqual(adverse.universes.filled);
    expect(adverse.evidence.logE).toBeLessThan(0);
  });

  test("of a replay only the part held out is evidence", () => {
    const { evidence, parts } = judged(rows, { isReplay: true });
    expect(evidence.path[0]?.atMs).toBeGreaterThan(parts.boundaryMs ?? Number.POSITIVE_INFINITY);
    const share = parts.confirmation.all.windows / 480;
    expect(share).toBeCloseTo(0.4, 2);
  });

  test("one lucky day is refused however much it won", () => {
    const days = (proof: ReturnType<typeof judged>) =>
      proof.verdict.conditions.find(({ name }) => name === "days");
    expect(days(whole)).toMatchObject({ met: true });
    expect(days(judged(rows.slice(0, 300)))).toMatchObject({ met: false, found: "100 %" });
  });

  test("the account's profits add up, with the deepest fall from a high", () => {
    const realised = [3, -5, 1, 4].map((pnl, i) => ({ runId: 1, atMs: i, pnl: money(pnl * 1e6) }));
    const other = { runId: 9, atMs: 9, pnl: money(1e6) };
    expect(judged(rows.slice(0, 60), { realised: [...realised, other] }).equity).toMatchObject({
      profit: 3,
      maxDrawdown: 5,
    });
  });

  test("the interval of all times narrows and holds the mean", () => {
    const { confidence, universes } = whole;
    const last = confidence.path.at(-1);
    const first = confidence.path[0];
    expect(confidence.path).toHaveLength(universes.all.windows);
    expect((last?.upper ?? 0) - (last?.lower ?? 0)).toBeLessThan(
      (first?.upper ?? 0) - (first?.lower ?? 0),
    );
    expect(last?.lower).toBeLessThan(last?.mean ?? 0);
  });
});
