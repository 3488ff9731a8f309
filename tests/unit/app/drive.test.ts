import { describe, expect, test } from "vitest";
import { turn } from "../../../src/adapters/platform/turn.ts";
import { VirtualClock } from "../../../src/adapters/platform/virtual-clock.ts";
import { drive } from "../../../src/app/drive.ts";

/** A simulation that happens at given times and ends after the last. */
function scripted(times: number[], seen: number[], clock: VirtualClock) {
  let holdAt = Number.POSITIVE_INFINITY;
  let released = false;
  return {
    hold(at: number) {
      holdAt = at;
    },
    simulation: {
      nextMs: () => times[0] ?? null,
      get held() {
        return (
          !released &&
          (times[0] ?? Number.POSITIVE_INFINITY) <= clock.nowMs() &&
          (times[0] ?? 0) >= holdAt
        );
      },
      get ended() {
        return times.length === 0;
      },
      releaseHold() {
        released = true;
      },
      runUntil(ms: number) {
        while ((times[0] ?? Number.POSITIVE_INFINITY) <= ms) {
          if (!released && (times[0] ?? 0) >= holdAt) return;
          times.shift();
          seen.push(clock.nowMs());
        }
      },
    },
  };
}

const real = (mono: () => number) => ({
  monoMs: mono,
  turn,
  sleep: async () => {
    await turn();
  },
});

describe("drive", () => {
  test("each happening sees its own time, timers fire between them", async () => {
    const clock = new VirtualClock(1_000);
    const seen: number[] = [];
    const { simulation } = scripted([1_010, 1_300, 2_000], seen, clock);
    const fired: number[] = [];
    const stop = new AbortController();
    const timer = clock.sleep(250, stop.signal).then(() => fired.push(clock.nowMs()));
    await drive(
      { simulation, clock, speed: "max", real: real(() => 0), onTime: () => {} },
      stop.signal,
    );
    await timer;
    expect(seen).toEqual([1_010, 1_300, 2_000]);
    expect(fired).toEqual([1_250]);
  });

  test("a held recording stops time, and is released when nobody comes", async () => {
    const clock = new VirtualClock(0);
    const seen: number[] = [];
    const script = scripted([100, 500], seen, clock);
    script.hold(500);
    let mono = 0;
    const stop = new AbortController();
    await drive(
      {
        simulation: script.simulation,
        clock,
        speed: "max",
        real: real(() => (mono += 1_000)),
        onTime: () => {},
      },
      stop.signal,
    );
    expect(seen).toEqual([100, 500]);
  });

  test("who does not listen lets a recording go on at once", async () => {
    const clock = new VirtualClock(0);
    const seen: number[] = [];
    const script = scripted([100, 500], seen, clock);
    script.hold(500);
    let mono = 0;
    const clockOfUser = real(() => (mono += 1));
    await drive(
      {
        simulation: script.simulation,
        clock,
        speed: "max",
        real: clockOfUser,
        holdMs: 0,
        onTime: () => {},
      },
      new AbortController().signal,
    );
    expect(seen).toEqual([100, 500]);
    expect(mono).toBeLessThan(20);
  });

  test("at a given speed time follows the user's clock in small steps", async () => {
    const clock = new VirtualClock(0);
    const { simulation } = scripted([60_000], [], clock);
    let mono = 0;
    const times: number[] = [];
    const stop = new AbortController();
    await drive(
      {
        simulation,
        clock,
        speed: 60,
        real: real(() => (mono += 10)),
        onTime: (nowMs) => {
          times.push(nowMs);
          if (nowMs >= 3_000) stop.abort();
        },
      },
      stop.signal,
    );
    expect(Math.max(...times.map((at, i) => at - (times[i - 1] ?? 0)))).toBeLessThanOrEqual(200);
    expect(clock.nowMs()).toBeGreaterThanOrEqual(3_000);
    expect(clock.nowMs()).toBeLessThan(4_000);
  });
});
