import { describe, expect, test } from "vitest";
import { evidenceOf } from "../../../../src/core/proof/evidence.ts";
import { mulberry32 } from "../../../../src/core/rng.ts";
import { money } from "../../../../src/core/units.ts";
import { aProof } from "../../../support/a-proof.ts";
import { aProofRow } from "../../../support/proof-rows.ts";

const QUARTER_MS = 900_000;
const START_MS = Date.UTC(2026, 10, 21, 14);
const closes = Array.from({ length: 40 }, (_, i) => START_MS + i * QUARTER_MS);

describe("evidence net of costs", () => {
  test("nothing bet on is no evidence", () => {
    expect(evidenceOf([], { versions: 1, closes })).toEqual(aProof().evidence);
  });

  test("a bet won multiplies the wealth by what the model said over the all-in cost, mixed over how far one leans", () => {
    const { logE } = evidenceOf([aProofRow()], { versions: 1, closes });
    const factors = [0.1, 0.25, 0.5, 0.75, 1].map((theta) => (0.4 + theta * 0.2) / 0.4);
    expect(logE).toBeCloseTo(Math.log(factors.reduce((sum, one) => sum + one, 0) / 5), 12);
  });

  test.each([
    ["NO that wins", { side: "no", p: 0.4, outcome: 0 }, 1],
    ["NO that loses", { side: "no", p: 0.4, outcome: 1 }, -1],
    ["YES that loses", { outcome: 0 }, -1],
  ] as const)("%s", (_, changes, sign) => {
    const { logE } = evidenceOf([aProofRow(changes)], { versions: 1, closes });
    expect(Math.sign(logE)).toBe(sign);
  });

  test("rows of one window are one bet, the first of it", () => {
    const late = aProofRow({ atMs: START_MS - 180_000, outcome: 0 });
    const alone = evidenceOf([aProofRow()], { versions: 1, closes });
    expect(evidenceOf([late, aProofRow()], { versions: 1, closes })).toEqual(alone);
  });

  test("a bet that overlaps the window before counts for nothing", () => {
    const early = aProofRow({
      atMs: START_MS + QUARTER_MS - 2_700_000,
      closeMs: START_MS + QUARTER_MS,
    });
    expect(evidenceOf([early], { versions: 1, closes }).bets).toBe(0);
    expect(evidenceOf([early], { versions: 1, closes: [START_MS + QUARTER_MS] }).bets).toBe(1);
  });

  test("reaching what is asked is dated, and two versions are asked for twice as much", () => {
    const rows = closes.map((closeMs) => aProofRow({ closeMs }));
    const one = evidenceOf(rows, { versions: 1, closes });
    const two = evidenceOf(rows, { versions: 2, closes });
    expect(two.logThreshold - one.logThreshold).toBeCloseTo(Math.log(2), 12);
    expect(one.reachedMs).not.toBeNull();
    expect(two.reachedMs).toBeGreaterThan(one.reachedMs ?? 0);
  });

  test("a contract dearer than a dollar with its fee is no better than a certain loss", () => {
    const dear = aProofRow({ cost: money(1_000_600), p: 0.999, outcome: 1 });
    expect(evidenceOf([dear], { versions: 1, closes }).logE).toBeLessThanOrEqual(0);
  });

  test("what is bought above its worth by the model is no bet, and no other of its window takes its place", () => {
    const many = Array.from({ length: 600 }, (_, i) => START_MS + i * QUARTER_MS);
    const losing = many.map((closeMs, i) =>
      aProofRow({
        closeMs,
        atMs: closeMs - 720_000,
        p: 0.5,
        cost: money(580_000),
        outcome: i % 2 === 0 ? 1 : 0,
      }),
    );
    const believed = losing.map((row) => ({ ...row, atMs: row.closeMs - 300_000, p: 0.9 }));
    const evidence = evidenceOf([...losing, ...believed], { versions: 1, closes: many });
    expect(evidence).toMatchObject({ bets: 0, logE: 0, reachedMs: null });
  });

  test("looked at after every window, what is worth its price proves an edge at most one time in twenty", () => {
    const rng = mulberry32(11);
    const many = Array.from({ length: 300 }, (_, i) => START_MS + i * QUARTER_MS);
    const proven = Array.from({ length: 100 }, () => {
      const rows = many.map((closeMs) => {
        const cost = 0.2 + 0.6 * rng.next();
        const p = Math.min(0.95, cost + 0.1 * rng.next());
        return aProofRow({
          closeMs,
          p,
          cost: money(Math.round(cost * 1e6)),
          outcome: rng.next() < cost ? 1 : 0,
        });
      });
      return evidenceOf(rows, { versions: 1, closes: many }).reachedMs !== null;
    }).filter(Boolean);
    expect(proven.length).toBeLessThanOrEqual(5);
  });
});
