import { describe, expect, test } from "vitest";
import { BasisTracker } from "../../../src/core/basis.ts";

const CLOSE = 1_800_000;

/** Spot at 100 000 all the time, the index 1.3 bp above it; `spoil` at second 90 of two minutes. */
function watched(spoil: (basis: BasisTracker, atMs: number) => void): BasisTracker {
  const basis = new BasisTracker(2e-4);
  for (let second = 1_681; second <= 1_800; second++) {
    const atMs = second * 1000;
    basis.onSpot(100_000, atMs);
    basis.onSecond(atMs);
    if (second === 1_770) spoil(basis, atMs);
    basis.onIndex(100_013, atMs, atMs + 50);
  }
  return basis;
}

/** Spot 100 000, index 100 020 but for the seconds from `from` to `to`. */
function silent(from: number, to: number): BasisTracker {
  const basis = new BasisTracker(2e-4);
  for (let second = 1_600; second <= 1_800; second++) {
    const atMs = second * 1000;
    basis.onSpot(100_000, atMs);
    basis.onSecond(atMs);
    // The first half of the minute was elsewhere, as only its prints know.
    const valueUsd = second > 1_740 && second <= 1_760 ? 100_050 : 100_020;
    if (second < from || second > to) basis.onIndex(valueUsd, atMs, atMs + 50);
  }
  return basis;
}

describe("BasisTracker", () => {
  test("learns the difference to a published index within a minute", () => {
    const basis = new BasisTracker(1e-4);
    for (let second = 1; second <= 60; second++) {
      basis.onSpot(100_000, second * 1000);
      basis.onIndex(100_013, second * 1000, second * 1000 + 50);
    }
    expect(basis.mean(60_500)).toBeCloseTo(1.3e-4, 6);
  });

  test("learns from a settlement average, cautiously at first", () => {
    const basis = new BasisTracker(2e-4);
    for (let second = 1_700; second <= 1_800; second++) {
      basis.onSpot(100_000, second * 1000);
      basis.onSecond(second * 1000);
    }
    basis.onAverage(100_020, CLOSE);
    // One observation against a prior whose weight has halved.
    expect(basis.mean(CLOSE)).toBeCloseTo(2e-4 / 1.5, 7);
    expect(basis.sd(CLOSE)).toBe(2e-4);
  });

  test("follows a level that moves from one settlement to the next", () => {
    const basis = new BasisTracker(2e-4);
    // Log differences in basis points, as recorded from 2026-05-13 18:30 to 2026-05-14 02:15.
    for (const [at, bp] of [2.14, 0.53, 1.36, 0.4, -0.01, 0.05, 0.23].entries()) {
      const close = CLOSE + at * 900_000;
      for (let ms = close - 60_000; ms <= close; ms += 1_000) {
        basis.onSpot(100_000, ms);
        basis.onSecond(ms);
      }
      basis.onAverage(100_000 * Math.exp(bp * 1e-4), close);
    }
    const lastMs = CLOSE + 6 * 900_000;
    expect(Math.abs(basis.mean(lastMs) - 0.23e-4)).toBeLessThan(0.1e-4);
    expect(basis.sd(lastMs)).toBeGreaterThan(0.8e-4);
  });

  test("learns one average once, however many strikes settle on it", () => {
    const basis = new BasisTracker(2e-4);
    for (let second = 1_700; second <= 1_800; second++) {
      basis.onSpot(100_000, second * 1000);
      basis.onSecond(second * 1000);
    }
    basis.onAverage(100_060, CLOSE);
    const once = basis.mean(CLOSE);
    for (let strike = 0; strike < 11; strike++) basis.onAverage(100_060, CLOSE);
    expect(basis.mean(CLOSE)).toBe(once);
  });

  test("a silent index keeps its level and loses certainty", () => {
    const basis = new BasisTracker(2e-4);
    for (let second = 1; second <= 60; second++) {
      basis.onSpot(100_000, second * 1000);
      basis.onIndex(100_026, second * 1000, second * 1000);
    }
    expect(basis.mean(64_000)).toBe(basis.mean(60_000));
    expect(basis.sd(60_000 + 903_000)).toBeCloseTo(Math.hypot(0.3e-4, 0.5e-4), 8);
    expect(basis.mean(60_000 + 1_900_000)).toBe(0);
  });

  test("a late index value says nothing about the present", () => {
    const basis = new BasisTracker(2e-4);
    for (let second = 1; second <= 60; second++) {
      basis.onSpot(100_000, 100_000 + second * 1000);
      basis.onIndex(101_000, second * 1000, 100_000 + second * 1000);
    }
    expect(basis.mean(160_000)).toBe(0);
  });

  test("ignores an average whose minute was not watched", () => {
    const basis = new BasisTracker(2e-4);
    basis.onSpot(100_000, CLOSE);
    basis.onAverage(101_000, CLOSE);
    expect(basis.mean(CLOSE)).toBe(0);
  });

  test("knows no print before the averaging minute and all of them after it", () => {
    const basis = new BasisTracker(1e-4);
    for (let second = 1_600; second <= 1_800; second++) {
      basis.onSpot(second, second * 1000);
      basis.onIndex(second, second * 1000, second * 1000);
    }
    expect(basis.knownPrints(CLOSE, CLOSE - 60_000)).toBeNull();
    expect(basis.knownPrints(CLOSE, CLOSE - 30_000)).toEqual({
      count: 30,
      sumUsd: (1741 + 1770) * 15,
      source: "index",
    });
    expect(basis.knownPrints(CLOSE, CLOSE)?.count).toBe(60);
  });

  test("stands in with its own corrected samples when there is no index", () => {
    const basis = new BasisTracker(1e-4);
    for (let second = 1_700; second <= 1_770; second++) {
      basis.onSpot(50_000, second * 1000);
      basis.onSecond(second * 1000);
    }
    expect(basis.knownPrints(CLOSE, 1_770_000)).toEqual({
      count: 30,
      sumUsd: 1_500_000,
      source: "proxy",
    });
  });

  test("too many missing seconds are no knowledge", () => {
    const basis = new BasisTracker(1e-4);
    basis.onSpot(50_000, 1_741_000);
    basis.onSecond(1_741_000);
    expect(basis.knownPrints(CLOSE, 1_770_000)).toBeNull();
  });

  test("an average that nothing followed is believed less with every hour, down to what was believed at first", () => {
    const basis = new BasisTracker(2e-4);
    for (let minute = 1; minute <= 5; minute++) {
      for (let second = 0; second <= 60; second++) {
        const atMs = minute * 900_000 - 60_000 + second * 1000;
        basis.onSpot(100_000, atMs);
        basis.onSecond(atMs);
      }
      basis.onAverage(100_005, minute * 900_000);
    }
    const learntMs = 5 * 900_000;
    expect(basis.sd(learntMs + 900_000)).toBe(0.5e-4);
    expect(basis.sd(learntMs + 13 * 900_000)).toBeCloseTo(
      Math.hypot(0.5e-4, 0.23e-4 * Math.sqrt(12)),
      9,
    );
    expect(basis.sd(learntMs + 1e9)).toBe(2e-4);
  });

  describe("what cannot be is not learnt from", () => {
    const clean = watched(() => {});

    test.each([
      ["no number", Number.NaN],
      ["zero", 0],
      ["negative", -100_000],
      ["infinite", Number.POSITIVE_INFINITY],
      ["of another index", 3_500],
    ])("an index value: %s", (_, value) => {
      const basis = watched((to, atMs) => to.onIndex(value, atMs, atMs));
      expect(basis.mean(CLOSE)).toBeCloseTo(1.3e-4, 7);
      expect(basis.knownPrints(CLOSE, CLOSE)).toEqual(clean.knownPrints(CLOSE, CLOSE));
    });

    test.each([Number.NaN, 0, -1, Number.POSITIVE_INFINITY])("a spot price of %d", (priceUsd) => {
      const basis = watched((to, atMs) => to.onSpot(priceUsd, atMs));
      expect(basis.spotUsd).toBe(100_000);
      expect(basis.mean(CLOSE)).toBe(clean.mean(CLOSE));
    });

    test.each([Number.NaN, 0, -5, 1, 3_500, Number.POSITIVE_INFINITY])(
      "an average of %d",
      (usd) => {
        const basis = new BasisTracker(2e-4);
        for (let second = 1_740; second <= 1_800; second++) {
          basis.onSpot(100_000, second * 1000);
          basis.onSecond(second * 1000);
        }
        basis.onAverage(usd, CLOSE);
        expect(basis.mean(CLOSE)).toBe(0);
        // The true one may still come.
        basis.onAverage(100_020, CLOSE);
        expect(basis.mean(CLOSE)).toBeGreaterThan(1e-4);
      },
    );

    test("prints stamped with another time than theirs", () => {
      const basis = watched((to, atMs) => {
        // From the future of a broken clock, from before the memory reaches, from no time at all.
        to.onIndex(100_900, CLOSE + 1e9, atMs);
        to.onIndex(100_900, 1_790_000, 1_700_000);
        to.onIndex(100_900, 1_750_000 - 4_096_000, atMs);
        to.onIndex(100_900, Number.NaN, atMs);
      });
      expect(basis.mean(CLOSE)).toBe(clean.mean(CLOSE));
      expect(basis.knownPrints(CLOSE, CLOSE)).toEqual(clean.knownPrints(CLOSE, CLOSE));
    });

    test("a print that is repeated is learnt from once", () => {
      const repeated = new BasisTracker(2e-4);
      const once = new BasisTracker(2e-4);
      for (let second = 1; second <= 40; second++) {
        for (const basis of [repeated, once]) basis.onSpot(100_000, second * 1000);
        const valueUsd = second === 20 ? 100_050 : 100_010;
        const times = second === 20 ? 50 : 1;
        for (let n = 0; n < times; n++) repeated.onIndex(valueUsd, second * 1000, second * 1000);
        once.onIndex(valueUsd, second * 1000, second * 1000);
      }
      expect(repeated.mean(40_000)).toBe(once.mean(40_000));
    });
  });

  describe("an index that falls silent inside the minute", () => {
    test("keeps the prints that came, and spot stands in for the others", () => {
      const basis = silent(1_771, 1_800);
      const known = basis.knownPrints(CLOSE, CLOSE);
      const stoodIn = 30 * 100_000 * Math.exp(basis.mean(CLOSE));
      expect(known).toMatchObject({ count: 60, source: "proxy" });
      expect(known?.sumUsd).toBeCloseTo(20 * 100_050 + 10 * 100_020 + stoodIn, 4);
    });

    test("a hole of five seconds costs five prints, not the minute", () => {
      const basis = silent(1_771, 1_775);
      const known = basis.knownPrints(CLOSE, CLOSE);
      expect(known).toMatchObject({ count: 60, source: "proxy" });
      const truth = 20 * 100_050 + 40 * 100_020;
      // Spot corrected by the basis is a dollar or two off on each of the five.
      expect(Math.abs((known?.sumUsd ?? 0) - truth)).toBeLessThan(5 * 10);
    });

    test("without spot either too many holes are no knowledge", () => {
      const basis = new BasisTracker(2e-4);
      for (let second = 1_741; second <= 1_770; second++) {
        if (second <= 1_764) basis.onIndex(100_000, second * 1000, second * 1000);
      }
      expect(basis.knownPrints(CLOSE, 1_769_000)).toMatchObject({ count: 29, source: "proxy" });
      expect(basis.knownPrints(CLOSE, 1_770_000)).toBeNull();
    });
  });

  test("a close between two seconds has sixty prints like any other", () => {
    const basis = new BasisTracker(2e-4);
    for (let second = 1_700; second <= 1_800; second++) {
      basis.onSpot(100_000, second * 1000);
      basis.onSecond(second * 1000);
    }
    expect(basis.knownPrints(CLOSE + 500, CLOSE)).toMatchObject({ count: 60, sumUsd: 6_000_000 });
  });

  test("is never believed to be surer than its asset allows", () => {
    const basis = new BasisTracker(3e-4, 1.5e-4);
    for (let at = 1; at <= 5; at++) {
      for (let second = 0; second <= 60; second++) {
        const atMs = at * 900_000 - 60_000 + second * 1000;
        basis.onSpot(100, atMs);
        basis.onSecond(atMs);
      }
      basis.onAverage(100, at * 900_000);
    }
    expect(basis.sd(5 * 900_000)).toBe(1.5e-4);
  });
});
