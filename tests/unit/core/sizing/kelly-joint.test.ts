import { describe, expect, test } from "vitest";
import { mulberry32, type Rng } from "../../../../src/core/rng.ts";
import { kellyFraction } from "../../../../src/core/sizing/kelly.ts";
import { kellyExclusive } from "../../../../src/core/sizing/kelly-exclusive.ts";
import { type JointBets, kellyGeneral } from "../../../../src/core/sizing/kelly-general.ts";

interface Legs {
  readonly p: number[];
  readonly cost: number[];
}

/** Legs of a partition, some of them cheap, together dearer than $1; the last state has no leg. */
function someLegs(rng: Rng, size: number): Legs {
  const raw = Array.from({ length: size + 1 }, () => 0.05 + rng.next());
  const total = raw.reduce((sum, value) => sum + value, 0);
  const p = raw.slice(0, size).map((value) => value / total);
  const cost = p.map((chance) => Math.min(0.98, chance * (0.8 + 0.5 * rng.next()) + 0.01));
  return { p, cost };
}

/** The same legs for the general method: one state per leg and one in which none pays. */
function asStates({ p, cost }: Legs): JointBets {
  const rest = 1 - p.reduce((sum, chance) => sum + chance, 0);
  return {
    prob: [...p, Math.max(0, rest)],
    payoff: [...p, rest].map((_, s) => cost.map((_leg, j) => (s === j ? 1 : 0))),
    cost,
    cap: cost.map(() => 100),
  };
}

describe("exclusive legs", () => {
  test("agree with the general method, which knows nothing of their shape", () => {
    const rng = mulberry32(2);
    let staked = 0;
    for (let n = 0; n < 60; n++) {
      const legs = someLegs(rng, 2 + (n % 6));
      const closed = kellyExclusive(legs);
      const joint = kellyGeneral(asStates(legs));
      if (closed.kind !== "sized") throw new Error(closed.kind);
      expect(Math.abs(closed.growth - joint.growth)).toBeLessThan(1e-8);
      expect(closed.reserve + closed.staked.reduce((sum, f) => sum + f, 0)).toBeCloseTo(1, 12);
      if (closed.growth > 1e-4) staked++;
    }
    expect(staked).toBeGreaterThan(20);
  });

  test("one leg alone is Kelly's fraction", () => {
    const stakes = kellyExclusive({ p: [0.6], cost: [0.518] });
    expect(stakes).toMatchObject({ kind: "sized" });
    if (stakes.kind !== "sized") return;
    expect(stakes.staked[0]).toBeCloseTo(kellyFraction({ p: 0.6, cost: 0.518 }), 14);
  });

  test("do not depend on their order", () => {
    const legs = { p: [0.1, 0.35, 0.3, 0.15, 0.1], cost: [0.08, 0.3, 0.33, 0.14, 0.18] };
    const forward = kellyExclusive(legs);
    const backward = kellyExclusive({ p: legs.p.toReversed(), cost: legs.cost.toReversed() });
    if (forward.kind !== "sized" || backward.kind !== "sized") throw new Error("not sized");
    for (const [i, stake] of backward.staked.toReversed().entries()) {
      expect(stake).toBeCloseTo(forward.staked[i] ?? Number.NaN, 12);
    }
  });

  test("nothing is staked where nothing is cheap", () => {
    expect(kellyExclusive({ p: [0.5, 0.5], cost: [0.52, 0.55] })).toEqual({
      kind: "sized",
      staked: [0, 0],
      reserve: 1,
      growth: 0,
    });
  });

  test("a complete set below $1 is an arbitrage, an incomplete one is not", () => {
    const set = kellyExclusive({ p: [0.6, 0.4], cost: [0.5, 0.42] });
    expect(set).toMatchObject({ kind: "arbitrage" });
    if (set.kind === "arbitrage") expect(set.profitPerSet).toBeCloseTo(0.08, 12);
    expect(kellyExclusive({ p: [0.6, 0.3], cost: [0.5, 0.42] }).kind).toBe("sized");
  });

  test("probabilities above 1 together cannot be exclusive", () => {
    expect(kellyExclusive({ p: [0.6, 0.6], cost: [0.5, 0.5] })).toEqual({
      kind: "inconsistent",
      total: 1.2,
    });
  });

  test.each([
    ["columns of unequal length", { p: [0.5], cost: [0.4, 0.4] }],
    ["a cost of 0", { p: [0.5], cost: [0] }],
    ["a chance that is no number", { p: [Number.NaN], cost: [0.4] }],
  ])("refuse %s", (_, input) => {
    expect(() => kellyExclusive(input)).toThrow(RangeError);
  });
});

/** Five thresholds, each four cents cheap: state k lies above the k lowest of them. */
const NESTED: JointBets = (() => {
  const prob = [0.1, 0.2, 0.2, 0.2, 0.2, 0.1];
  const above = [1, 2, 3, 4, 5].map((k) => prob.slice(k).reduce((sum, p) => sum + p, 0));
  return {
    prob,
    payoff: prob.map((_, s) => above.map((_leg, k) => (s > k ? 1 : 0))),
    cost: above.map((p) => p - 0.04),
    cap: above.map(() => 100),
  };
})();

function growthOf({ prob, payoff, cost }: JointBets, x: readonly number[]): number {
  return prob.reduce((sum, chance, s) => {
    const gain = x.reduce((total, n, j) => total + n * ((payoff[s]?.[j] ?? 0) - (cost[j] ?? 0)), 0);
    return sum + chance * Math.log(1 + gain);
  }, 0);
}

describe("any legs together", () => {
  test("within the budget as an independent optimiser finds it (scipy SLSQP)", () => {
    const bets = {
      prob: [0.2, 0.35, 0.3, 0.15],
      payoff: [
        [1, 1, 0],
        [0, 1, 0],
        [0, 0, 1],
        [0, 1, 1],
      ],
      cost: [0.15, 0.66, 0.42],
      cap: [10, 10, 10],
    };
    const { contractsPerDollar, growth, gap } = kellyGeneral(bets);
    expect(growth).toBeCloseTo(0.041_633_470_038_71, 9);
    expect(gap).toBeLessThan(1e-8);
    const spent = contractsPerDollar.reduce((sum, n, j) => sum + n * (bets.cost[j] ?? 0), 0);
    expect(spent).toBeLessThanOrEqual(1 + 1e-12);
  });

  test("nested thresholds sized one by one lose what they win together", () => {
    const alone = NESTED.cost.map((cost) => kellyFraction({ p: cost + 0.04, cost }) / cost);
    const joint = kellyGeneral(NESTED);
    const spent = (x: readonly number[]): number =>
      x.reduce((sum, n, j) => sum + n * (NESTED.cost[j] ?? 0), 0);
    // The example of models.md §3.5.
    expect(spent(alone)).toBeCloseTo(0.57, 2);
    expect(growthOf(NESTED, alone)).toBeCloseTo(-0.012, 3);
    expect(spent(joint.contractsPerDollar)).toBeCloseTo(0.29, 2);
    expect(joint.growth).toBeCloseTo(0.017, 3);
    expect(growthOf(NESTED, joint.contractsPerDollar)).toBeCloseTo(joint.growth, 12);
  });

  test("random trials within the limits never grow faster than growth + gap", () => {
    const rng = mulberry32(3);
    const caps = NESTED.cost.map(() => 0.4);
    const { growth, gap, contractsPerDollar } = kellyGeneral({ ...NESTED, cap: caps });
    for (const [j, n] of contractsPerDollar.entries()) {
      expect(n).toBeGreaterThanOrEqual(0);
      expect(n).toBeLessThanOrEqual(caps[j] ?? 0);
    }
    for (let n = 0; n < 2_000; n++) {
      const x = caps.map((cap) => cap * rng.next());
      const spent = x.reduce((sum, value, j) => sum + value * (NESTED.cost[j] ?? 0), 0);
      const fitted = x.map((value) => value / Math.max(1, spent));
      expect(growthOf(NESTED, fitted)).toBeLessThanOrEqual(growth + gap + 1e-15);
    }
  });

  test("what is held already is not bought again", () => {
    const bets = { prob: [0.6, 0.4], payoff: [[1], [0]], cost: [0.5], cap: [10] };
    const fresh = kellyGeneral(bets);
    expect(fresh.contractsPerDollar[0]).toBeCloseTo(0.4, 4);
    // The same contracts bought before: what is left of the cash and what they pay.
    const held = kellyGeneral({ ...bets, wealth: [0.8 + 0.4, 0.8] });
    expect(held.contractsPerDollar[0]).toBeCloseTo(0, 4);
  });

  test("a hedge is bought at a loss when the holding asks for it", () => {
    const bets = { prob: [0.5, 0.5], payoff: [[0], [1]], cost: [0.51], cap: [10] };
    expect(kellyGeneral(bets).contractsPerDollar[0]).toBe(0);
    const hedge = kellyGeneral({ ...bets, wealth: [2, 0.2] }).contractsPerDollar[0];
    expect(hedge).toBeGreaterThan(1);
  });

  test("no leg, no stake", () => {
    expect(kellyGeneral({ prob: [1], payoff: [[]], cost: [], cap: [] })).toEqual({
      contractsPerDollar: [],
      growth: 0,
      gap: 0,
    });
  });

  const good = { prob: [0.5, 0.5], payoff: [[1], [0]], cost: [0.4], cap: [1] };
  test.each<[string, JointBets]>([
    ["probabilities that do not sum to 1", { ...good, prob: [0.5, 0.4] }],
    ["a state without payoffs", { ...good, payoff: [[1]] }],
    ["a payoff row of another width", { ...good, payoff: [[1], [0, 1]] }],
    ["a payoff that is no number", { ...good, payoff: [[1], [Number.NaN]] }],
    ["a negative payoff", { ...good, payoff: [[1], [-1]] }],
    ["a cost of $1", { ...good, cost: [1] }],
    ["an endless cap", { ...good, cap: [Number.POSITIVE_INFINITY] }],
    ["a negative cap", { ...good, cap: [-1] }],
    ["a ruined state", { ...good, wealth: [1, 0] }],
    ["no budget", { ...good, budget: 0 }],
    ["a budget that is no number", { ...good, budget: Number.NaN }],
  ])("refuse %s", (_, input) => {
    expect(() => kellyGeneral(input)).toThrow(RangeError);
  });
});
