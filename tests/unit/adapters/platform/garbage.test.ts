import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import { garbageCollector } from "../../../../src/adapters/platform/garbage.ts";

/** In a function of its own, so that nothing of it is left on the stack. */
function dropped(): WeakRef<object> {
  return new WeakRef({ rows: Array.from({ length: 1000 }, (_, at) => at) });
}

test("what nothing refers to is gone afterwards, and nothing else", async () => {
  const collect = garbageCollector();
  const kept = { rows: [1, 2, 3] };
  const [gone, left] = [dropped(), new WeakRef(kept)];
  // A weak reference keeps what it points to until the end of the turn in which it was made.
  await turn();
  collect();
  expect(gone.deref()).toBeUndefined();
  expect(left.deref()).toBe(kept);
});

test("nobody else is given the collector by it", () => {
  garbageCollector();
  expect("gc" in globalThis).toBe(false);
});
