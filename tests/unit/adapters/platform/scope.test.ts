import { expect, test } from "vitest";
import { runTogether } from "../../../../src/adapters/platform/scope.ts";
import { VirtualClock } from "../../../../src/adapters/platform/virtual-clock.ts";
import { advance } from "../fakes.ts";

test("the first failure aborts the others and is thrown when they are down", async () => {
  const clock = new VirtualClock(0);
  const ended: string[] = [];
  const failure = new Error("first");
  const running = runTogether(new AbortController().signal, [
    async (signal) => {
      await clock.sleep(10, signal);
      throw failure;
    },
    async (signal) => {
      try {
        await clock.sleep(1000, signal);
      } finally {
        ended.push("second");
      }
    },
  ]);
  const caught = running.catch((error: unknown) => error);
  await advance(clock, 10);
  expect(await caught).toBe(failure);
  expect(ended).toEqual(["second"]);
  expect(clock.nextTimerMs()).toBeNull();
});

test("an abort from outside is a normal end", async () => {
  const clock = new VirtualClock(0);
  const stop = new AbortController();
  const running = runTogether(stop.signal, [(signal) => clock.sleep(1000, signal)]);
  stop.abort();
  await expect(running).resolves.toBeUndefined();
});
