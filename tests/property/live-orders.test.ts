import { expect, test } from "vitest";
import { simulate } from "../support/orders/simulation.ts";

// The order path as it is shipped against the local exchange in memory, on virtual time. The exchange's own books judge
// (tests/support/orders/judge.ts): nothing that the client believes of itself counts.

const SECONDS = 120;
const SEEDS_PER_TEST = 8;
const BATCHES = [1, 9, 17];

test.each(BATCHES)(
  "I2 to I9, I28, I30: seeds from %i with faults and crashes: no decision is two orders, no fill is lost or double, no limit is passed, nothing rests unreported",
  { timeout: 120_000 },
  async (from) => {
    let fills = 0;
    for (let seed = from; seed < from + SEEDS_PER_TEST; seed++) {
      const end = await simulate({ seed, seconds: SECONDS });
      const replay = `npm run soak:orders -- --seed ${seed} --seconds ${SECONDS}`;
      expect(end.problems, replay).toEqual([]);
      // The last life has no faults: it must know everything.
      expect(end.verified.at(-1), replay).toBe(true);
      fills += end.fills;
    }
    // Nothing is proven by a client that does nothing.
    expect(fills).toBeGreaterThan(SEEDS_PER_TEST);
  },
);

const PLACES = [
  "intent.before_commit",
  "intent.after_commit",
  "place.before_send",
  "place.after_send",
  "order_event.before_commit",
  "fill.before_commit",
  "answer.after_commit",
  "ledger.before_commit",
  "cancel.before_send",
  "cancel.after_send",
  "group.before_send",
  "group.after_send",
  "read.before_send",
  "read.after_send",
];

test.each(PLACES)(
  "I3: a client that dies at %s, the first, second or third time, is found out by the next one",
  { timeout: 60_000 },
  async (place) => {
    for (const nth of [1, 2, 3]) {
      const end = await simulate({
        seed: 4,
        seconds: 100,
        isFaulty: false,
        crashAt: { place, nth },
      });
      expect(end.crashes).toEqual([place]);
      expect(end.problems).toEqual([]);
      expect(end.verified.at(-1)).toBe(true);
    }
  },
);

test("without faults nothing is in doubt and nothing latches, and a seed is the same every time", async () => {
  const once = await simulate({ seed: 5, seconds: 120, isFaulty: false, crashAt: NOWHERE });
  expect(once.problems).toEqual([]);
  expect(once.latches).toEqual([]);
  expect(once.verified.every(Boolean)).toBe(true);
  expect(once.fills).toBeGreaterThan(2);
  const again = await simulate({ seed: 5, seconds: 120, isFaulty: false, crashAt: NOWHERE });
  expect(again).toEqual(once);
});

const NOWHERE = { place: "", nth: 1 };
