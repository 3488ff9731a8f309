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
    // One observation against a prior of weight four.
    expect(basis.mean(CLOSE)).toBeCloseTo(2e-4 / 4.77, 6);
    expect(basis.sd(CLOSE)).toBe(2e-4);
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
});
