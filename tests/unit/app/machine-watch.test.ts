import { expect, test } from "vitest";
import { MachineWatch } from "../../../src/app/live/machine-watch.ts";

const MB = 1e6;
const LIMITS = { diskFreeMin: 500 * MB, walMax: 64 * MB, memoryMax: 512 * MB, lagMsMax: 500 };
const WELL = { diskFree: 9_000 * MB, wal: MB, memory: 100 * MB };

type State = typeof WELL;

/** A machine whose sleeps take as long as the test says, by both clocks. */
function machine(
  sleeps: readonly { readonly mono: number; readonly wall?: number }[],
  state: State | null,
) {
  const stop = new AbortController();
  const warned: string[] = [];
  const left = [...sleeps];
  let mono = 0;
  let wall = 1e12;
  const watch = new MachineWatch({
    limits: LIMITS,
    real: {
      monoMs: () => mono,
      nowMs: () => wall,
      sleep: async () => {
        const next = left.shift();
        if (next === undefined) {
          stop.abort();
          return;
        }
        mono += next.mono;
        wall += next.wall ?? next.mono;
      },
    },
    read: async () => {
      if (state === null) throw new Error("gone");
      return state;
    },
    warn: (what) => warned.push(what),
  });
  return { watch, warned, run: () => watch.run(stop.signal), later: (ms: number) => (mono += ms) };
}

test.each<[name: string, state: State | null, reason: string | null, warned: string[]]>([
  ["a machine that is well", WELL, null, []],
  ["500 MB free", { ...WELL, diskFree: 500 * MB }, null, ["disk_low"]],
  ["less than 500 MB free", { ...WELL, diskFree: 499 * MB }, "disk_low", ["disk_low"]],
  ["a write-ahead log of 64 MB", { ...WELL, wal: 64 * MB }, null, ["wal_large"]],
  ["a larger one", { ...WELL, wal: 65 * MB }, "wal_large", ["wal_large"]],
  ["512 MB of memory", { ...WELL, memory: 512 * MB }, null, ["memory_large"]],
  ["more of it", { ...WELL, memory: 513 * MB }, "memory_large", ["memory_large"]],
  ["a folder that cannot be looked at", null, "machine_unknown", []],
])("%s", async (_name, state, reason, warned) => {
  const looksTwice = Array.from({ length: 60 }, () => ({ mono: 100 }));
  const seen = machine(looksTwice, state);
  await seen.run();
  expect(seen.watch.holdReason()).toBe(reason);
  expect(seen.warned).toEqual(warned);
});

test.each<[name: string, sleep: { mono: number; wall?: number }, reason: string | null]>([
  ["half a second late", { mono: 600 }, null],
  ["later than that", { mono: 601 }, "loop_lag"],
  ["the wall clock set forward by more than a second", { mono: 100, wall: 1_101 }, "clock_jump"],
  ["the wall clock set back by an hour", { mono: 100, wall: -3_600_000 }, "clock_jump"],
  ["the machine slept for an hour", { mono: 100, wall: 3_600_000 }, "clock_jump"],
])("I25: %s", async (_name, sleep, reason) => {
  const seen = machine([{ mono: 100 }, sleep], WELL);
  await seen.run();
  expect(seen.watch.holdReason()).toBe(reason);
  seen.later(2_000);
  expect(seen.watch.holdReason()).toBeNull();
});
