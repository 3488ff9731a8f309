import { describe, expect, test } from "vitest";
import { BasisTracker } from "../../../src/core/basis.ts";

const CLOSE = 1_800_000;

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
});
