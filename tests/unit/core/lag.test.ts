import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LagFloor } from "../../../src/core/lag.ts";

const MINUTE = 60_000;
const START = 1_786_941_900_000;

/** One message a second from `fromS` to `toS`, with the lag that `lagMs` gives; how late each was. */
function run(
  floor: LagFloor,
  span: { fromS: number; toS: number },
  lagMs: (second: number) => number,
): number[] {
  const late: number[] = [];
  for (let second = span.fromS; second < span.toS; second++) {
    const recvMs = START + second * 1000;
    late.push(floor.late(recvMs - lagMs(second), recvMs));
  }
  return late;
}

describe("LagFloor", () => {
  test.each([
    ["ahead", 1_300],
    ["behind", -1_300],
    ["behind by minutes", -200_000],
    ["right", 0],
  ])("a clock that is simply %s is no lateness", (_name, offsetMs) => {
    const late = run(
      new LagFloor(),
      { fromS: 0, toS: 1200 },
      (second) => offsetMs + (second % 7) * 10,
    );
    expect(Math.max(...late)).toBe(60);
  });

  test("a link that falls behind is late by what it has fallen behind, whatever the clock", () => {
    for (const offsetMs of [-1_300, 0, 600]) {
      const floor = new LagFloor();
      run(floor, { fromS: 0, toS: 60 }, () => offsetMs + 80);
      const late = run(
        floor,
        { fromS: 60, toS: 120 },
        (second) => offsetMs + 80 + (second - 60) * 350,
      );
      expect(late[0]).toBe(0);
      expect(late.at(-1)).toBe(59 * 350);
    }
  });

  test("a link that is slow for good stays late: no clock that may be used is that wrong", () => {
    const late = run(
      new LagFloor(),
      { fromS: 0, toS: 1800 },
      (second) => 4_000 + (second % 16) * 1000,
    );
    expect(Math.min(...late)).toBe(2_000);
    expect(Math.max(...late)).toBe(17_000);
  });

  test("I25: a step of the clock is forgotten after five minutes", () => {
    const floor = new LagFloor();
    run(floor, { fromS: 0, toS: 600 }, () => 100);
    const late = run(floor, { fromS: 600, toS: 1200 }, () => 1_600);
    expect(late[0]).toBe(1_500);
    const healed = late.indexOf(0);
    expect(healed).toBeGreaterThanOrEqual(240);
    expect(healed).toBeLessThanOrEqual(300);
    expect(late.slice(healed).every((each) => each === 0)).toBe(true);
  });

  test("a clock set back and right again makes late what is not, but not for longer than the memory", () => {
    const floor = new LagFloor();
    run(floor, { fromS: 0, toS: 60 }, () => 100);
    // An hour back: messages seem to come from the future, and arrive at times that were before.
    for (let second = 60; second < 90; second++) {
      const recvMs = START + (second - 3600) * 1000;
      expect(floor.late(START + second * 1000, recvMs)).toBe(0);
    }
    const late = run(floor, { fromS: 90, toS: 600 }, () => 100);
    expect(late[0]).toBeGreaterThan(3_000_000);
    expect(late.indexOf(0)).toBeLessThanOrEqual(300);
  });

  test("after a long silence nothing of before counts", () => {
    const floor = new LagFloor();
    floor.late(START + 5_000, START);
    expect(floor.late(START + 10 * MINUTE - 500, START + 10 * MINUTE)).toBe(0);
  });

  test("what carries no stamp is never late and teaches nothing", () => {
    const floor = new LagFloor();
    floor.late(START - 100, START);
    expect(floor.late(null, START + 1)).toBe(0);
    expect(floor.late(START - 598, START + 2)).toBe(500);
  });

  test("it is the smallest lag of the last four to five minutes, capped", () => {
    const message = fc.record({
      waitMs: fc.integer({ min: 0, max: 90_000 }),
      lagMs: fc.integer({ min: -3_000, max: 12_000 }),
    });
    fc.assert(
      fc.property(fc.array(message, { maxLength: 60 }), (messages) => {
        const floor = new LagFloor();
        const seen: { recvMs: number; lagMs: number }[] = [];
        let recvMs = START;
        for (const { lagMs, waitMs } of messages) {
          recvMs += waitMs;
          seen.push({ recvMs, lagMs });
          const since = (ms: number): number =>
            Math.min(
              2_000,
              ...seen.filter((each) => recvMs - each.recvMs <= ms).map((each) => each.lagMs),
            );
          const late = floor.late(recvMs - lagMs, recvMs);
          expect(late).toBeGreaterThanOrEqual(Math.max(0, lagMs - since(4 * MINUTE)));
          expect(late).toBeLessThanOrEqual(Math.max(0, lagMs - since(5 * MINUTE)));
        }
      }),
      { numRuns: 300 },
    );
  });
});
