import { expect, test } from "vitest";
import { createSystemClock } from "../../../../src/adapters/platform/system-clock.ts";
import { VirtualClock } from "../../../../src/adapters/platform/virtual-clock.ts";
import { advance } from "../fakes.ts";

test("timers fire in order of time, then of making", async () => {
  const clock = new VirtualClock(0);
  const fired: string[] = [];
  const { signal } = new AbortController();
  for (const [name, ms] of [
    ["late", 20],
    ["first", 10],
    ["second", 10],
  ] as const) {
    clock.sleep(ms, signal).then(
      () => fired.push(`${name}@${clock.nowMs()}`),
      () => {},
    );
  }
  await advance(clock, 15);
  expect(fired).toEqual(["first@10", "second@10"]);
  await advance(clock, 5);
  expect(fired.at(-1)).toBe("late@20");
});

const clocks = [
  ["virtual", new VirtualClock(0)],
  ["system", createSystemClock()],
] as const;

test.each(clocks)(
  "the %s clock's sleep ends with the signal's reason, whatever it is",
  async (_name, clock) => {
    const stop = new AbortController();
    const reason = new Error("stop");
    const sleeping = clock.sleep(60_000, stop.signal);
    stop.abort(reason);
    await expect(sleeping).rejects.toBe(reason);
    await expect(clock.sleep(1, AbortSignal.abort("words"))).rejects.toThrow("words");
  },
);

test("the system clock sleeps and its monotonic time grows", async () => {
  const clock = createSystemClock();
  const before = clock.monoMs();
  await clock.sleep(1, new AbortController().signal);
  expect(clock.monoMs()).toBeGreaterThan(before);
  expect(Math.abs(clock.nowMs() - Date.now())).toBeLessThan(1000);
});
