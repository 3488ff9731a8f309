import { describe, expect, test } from "vitest";
import { OffsetTracker, SecondRing } from "../../../../src/core/index/offset.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** Some whole minute. */
const T0 = 1_786_941_900_000;
const BP = 1e-4;

describe("ring", () => {
  test("a minute is the sixty seconds after its start, its end included", () => {
    const ring = new SecondRing();
    for (let second = 0; second <= 120; second++) ring.set(T0 + second * 1000, second);
    // 61 to 120: neither 60 nor 121.
    expect(ring.minuteMean(T0 + 120_000)).toBe(90.5);
  });

  test.each([
    [5, true],
    [6, false],
  ])("with %d seconds missing it counts: %s", (missing, counts) => {
    const ring = new SecondRing();
    for (let second = 1 + missing; second <= 60; second++) ring.set(T0 + second * 1000, 7);
    expect(ring.minuteMean(T0 + MINUTE)).toBe(counts ? 7 : null);
  });

  test("an hour and more later the seconds are gone, and are not taken for others", () => {
    const ring = new SecondRing();
    for (let second = 1; second <= 60; second++) ring.set(T0 + second * 1000, 7);
    expect(ring.minuteMean(T0 + MINUTE + 4096 * 1000)).toBeNull();
    for (let second = 1; second <= 60; second++) ring.set(T0 + (second + 4096) * 1000, 8);
    expect(ring.minuteMean(T0 + MINUTE)).toBeNull();
  });
});

/** A tracker whose own value is 100 in every second of these minutes. */
function tracker(...ends: number[]): OffsetTracker {
  const found = new OffsetTracker();
  for (const endMs of ends) {
    for (let second = 59; second >= 0; second--) found.note(endMs - second * 1000, 100);
  }
  return found;
}

describe("offsets", () => {
  test("nothing known is no correction, the first offset is taken whole, the next count six tenths", () => {
    const [a, b] = [T0, T0 + 15 * MINUTE];
    const offsets = tracker(a, b);
    expect(offsets.factor(a)).toBe(1);
    offsets.learn(100 * Math.exp(2 * BP), a);
    expect(Math.log(offsets.factor(a)) / BP).toBeCloseTo(2, 6);
    offsets.learn(100 * Math.exp(-3 * BP), b);
    expect(Math.log(offsets.factor(b)) / BP).toBeCloseTo(2 + 0.6 * (-3 - 2), 6);
  });

  test("what is learnt for six weeks and never asked for costs no more than a day of it", () => {
    const offsets = new OffsetTracker();
    const minutes = 6 * 7 * 24 * 60;
    for (let minute = 0; minute < minutes; minute++) {
      const endMs = T0 + minute * MINUTE;
      for (let second = 59; second >= 0; second--) offsets.note(endMs - second * 1000, 100);
      offsets.learn(100 * Math.exp(2 * BP), endMs);
    }
    expect(Math.log(offsets.factor(T0 + (minutes - 1) * MINUTE)) / BP).toBeCloseTo(2, 6);
  }, 5_000);

  test("a minute is learnt once: a strike is the settlement before it", () => {
    const offsets = tracker(T0);
    offsets.learn(100.02, T0);
    offsets.learn(100.4, T0);
    expect(offsets.factor(T0)).toBeCloseTo(1.0002, 9);
  });

  test("what is learnt late goes where it belongs in time", () => {
    const [a, b] = [T0, T0 + 15 * MINUTE];
    const [inOrder, late] = [tracker(a, b), tracker(a, b)];
    inOrder.learn(100.01, a);
    inOrder.learn(100.03, b);
    late.learn(100.03, b);
    late.learn(100.01, a);
    expect(late.factor(b)).toBe(inOrder.factor(b));
  });

  test("an offset older than two hours is forgotten", () => {
    const offsets = tracker(T0);
    offsets.learn(100.02, T0);
    expect(offsets.factor(T0 + 2 * HOUR)).toBeCloseTo(1.0002, 9);
    expect(offsets.factor(T0 + 2 * HOUR + 1)).toBe(1);
  });

  test("an old offset no longer weighs on a new one", () => {
    const later = T0 + 2 * HOUR + MINUTE;
    const offsets = tracker(T0, later);
    offsets.learn(100.04, T0);
    offsets.learn(100.02, later);
    expect(offsets.factor(later)).toBeCloseTo(1.0002, 9);
  });

  test.each([
    ["half a percent away", 100.6],
    ["not a number", Number.NaN],
    ["nothing", 0],
  ])("an average that is %s is of something else", (_name, average) => {
    const offsets = tracker(T0);
    offsets.learn(average, T0);
    expect(offsets.factor(T0)).toBe(1);
  });

  test("without own values of that minute nothing is learnt, and a later try may", () => {
    const offsets = new OffsetTracker();
    offsets.learn(100.02, T0);
    expect(offsets.factor(T0)).toBe(1);
    for (let second = 59; second >= 0; second--) offsets.note(T0 - second * 1000, 100);
    offsets.learn(100.02, T0);
    expect(offsets.factor(T0)).toBeCloseTo(1.0002, 9);
  });
});
