import { describe, expect, test } from "vitest";
import { stopLossMartingale, unrealizedReturn } from "../../../../src/core/exits/stops.ts";
import { mulberry32 } from "../../../../src/core/rng.ts";

describe("odds of a stop", () => {
  test("a random walk in steps of a cent hits it as often, and then wins as often", () => {
    const rng = mulberry32(14);
    const runs = 4_000;
    let hits = 0;
    let winners = 0;
    for (let n = 0; n < runs; n++) {
      let cents = 60;
      let isHit = false;
      while (cents > 0 && cents < 100) {
        cents += rng.next() < 0.5 ? 1 : -1;
        if (cents === 45) isHit = true;
      }
      if (!isHit) continue;
      hits++;
      if (cents === 100) winners++;
    }
    const odds = stopLossMartingale({ entryFair: 0.6, stopFair: 0.45 });
    expect(hits / runs).toBeCloseTo(odds.hitProbability, 1);
    expect(winners / hits).toBeCloseTo(odds.winAfterStop, 1);
  });

  test("stopping neither wins nor loses on average", () => {
    for (const entryFair of [0.05, 0.5, 0.97]) {
      for (const share of [0.1, 0.75, 1]) {
        const stopFair = entryFair * share;
        const { hitProbability } = stopLossMartingale({ entryFair, stopFair });
        expect(hitProbability * stopFair + (1 - hitProbability)).toBeCloseTo(entryFair, 12);
      }
    }
  });

  test.each([
    ["a stop above the entry", 0.5, 0.6],
    ["a certain entry", 1, 0.5],
    ["a stop at zero", 0.5, 0],
    ["a stop that is no number", 0.5, Number.NaN],
  ])("refuses %s", (_, entryFair, stopFair) => {
    expect(() => stopLossMartingale({ entryFair, stopFair })).toThrow(RangeError);
  });
});

describe("return of an open position", () => {
  test("is −1 at worthless and 0 at the entry", () => {
    expect(unrealizedReturn({ entry: 0.4, mark: 0 })).toBe(-1);
    expect(unrealizedReturn({ entry: 0.4, mark: 0.4 })).toBe(0);
  });

  test("refuses an entry that cost nothing and a mark that is no number", () => {
    expect(() => unrealizedReturn({ entry: 0, mark: 0.5 })).toThrow(RangeError);
    expect(() => unrealizedReturn({ entry: 0.5, mark: Number.NaN })).toThrow(RangeError);
  });
});
