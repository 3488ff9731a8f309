import { describe, expect, test } from "vitest";
import { QueuePlace } from "../../../../src/core/sim/queue-place.ts";

/** Ten of ours behind a hundred, since 1000. */
const aPlace = (): QueuePlace =>
  new QueuePlace("riskAverse", { front: 100, qty: 10, sinceMs: 1_000 });

describe("a trade of 60 and the depth change that shows it move us once", () => {
  test.each<[string, (place: QueuePlace) => void]>([
    [
      "trade first",
      (place) => {
        place.trade(60, 1_010);
        place.depth({ previous: 100, next: 40, atMs: 1_010 });
      },
    ],
    [
      "depth first, of the same time",
      (place) => {
        place.depth({ previous: 100, next: 40, atMs: 1_010 });
        place.trade(60, 1_010);
      },
    ],
    [
      "depth first, and another change of later in between",
      (place) => {
        place.depth({ previous: 100, next: 40, atMs: 1_010 });
        place.depth({ previous: 40, next: 90, atMs: 1_030 });
        place.trade(60, 1_010);
      },
    ],
  ])("%s", (_, happen) => {
    const place = aPlace();
    happen(place);
    expect(place.trade(40, 1_100)).toBe(0);
    expect(place.trade(3, 1_100)).toBe(3);
  });
});

test("a depth change of before a trade counts before it: those in front may have left", () => {
  const place = aPlace();
  place.depth({ previous: 100, next: 40, atMs: 1_010 });
  expect(place.trade(43, 1_011)).toBe(3);
});

test("no trade is waited for that long", () => {
  const place = aPlace();
  place.depth({ previous: 100, next: 40, atMs: 1_010 });
  place.depth({ previous: 40, next: 200, atMs: 6_011 });
  expect(place.trade(43, 1_010)).toBe(3);
});

test("a trade counts from the time that we rest; from a hole on none does, up to the book after it", () => {
  const place = aPlace();
  expect([999, 1_000].map((ms) => place.counts(ms))).toEqual([false, true]);
  place.trade(102, 1_010);
  place.lose();
  expect(place.isKnown).toBe(false);
  expect(place.counts(9_000)).toBe(false);
  place.restart(50, 2_000);
  expect(place.isKnown).toBe(true);
  expect([1_999, 2_000].map((ms) => place.counts(ms))).toEqual([false, true]);
  expect(place.trade(50, 2_000)).toBe(0);
  // Two of the ten were filled before.
  expect(place.trade(50, 2_001)).toBe(8);
});

test("what waited before the hole says nothing of the queue after it", () => {
  const place = aPlace();
  place.depth({ previous: 100, next: 0, atMs: 1_010 });
  place.lose();
  place.restart(50, 2_000);
  expect(place.trade(50, 2_001)).toBe(0);
});
