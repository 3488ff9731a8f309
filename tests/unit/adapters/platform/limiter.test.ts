import { setMaxListeners } from "node:events";
import { beforeEach, describe, expect, test } from "vitest";
import { createLimiter, type Limiter } from "../../../../src/adapters/platform/limiter.ts";
import type { VirtualClock } from "../../../../src/adapters/platform/virtual-clock.ts";
import { advance, newClock, START_MS, settle } from "../fakes.ts";

const full = { next: () => 0.999_999 };
let clock: VirtualClock;
let limiter: Limiter;
let stop: AbortController;
/** Milliseconds after the start at which each call was let out. */
let sent: number[];

beforeEach(() => {
  clock = newClock();
  stop = new AbortController();
  setMaxListeners(0, stop.signal);
  sent = [];
  limiter = createLimiter({ clock, rng: full, name: "Kalshi", tokensPerSecond: 100 });
});

async function call(cost = 10): Promise<void> {
  await limiter.take(cost, stop.signal);
  sent.push(clock.nowMs() - START_MS);
}

describe("budget", () => {
  test("I35: half a second's tokens at once, then one call of 10 each 100 ms, in their order", async () => {
    const calls = Array.from({ length: 8 }, () => call());
    await advance(clock, 1000);
    await Promise.all(calls);
    expect(sent).toEqual([0, 0, 0, 0, 0, 100, 200, 300]);
  });

  test.each([
    ["cheap calls", 2],
    ["dear calls", 30],
    ["calls that cost more than is ever there", 80],
  ])(
    "over any stretch no more than half a second's tokens and the refill: %s",
    async (_name, cost) => {
      for (let at = 0; at < 40; at++) call(cost).catch(() => undefined);
      await advance(clock, 20_000);
      expect(sent.length).toBeGreaterThan(20);
      for (const [first, fromMs] of sent.entries()) {
        for (const [last, toMs] of sent.entries()) {
          if (last < first) continue;
          const spent = (last - first + 1) * cost;
          // The first call of a stretch may be one that was waited for with an empty bucket behind it.
          expect(spent).toBeLessThanOrEqual(50 + cost + ((toMs - fromMs) * 100) / 1000 + 1);
        }
      }
    },
  );

  test("a bucket that rested is full, not fuller", async () => {
    await advance(clock, 60_000);
    const calls = Array.from({ length: 6 }, () => call());
    await advance(clock, 100);
    await Promise.all(calls);
    expect(sent.map((ms) => ms - 60_000)).toEqual([0, 0, 0, 0, 0, 100]);
  });

  test("a call that would wait more than half a minute is given up at once and costs nothing", async () => {
    for (let at = 0; at < 305; at++) call().catch(() => undefined);
    await settle();
    await expect(call()).rejects.toMatchObject({ kind: "network", code: "RATE_LIMITED" });
    await advance(clock, 30_000);
    expect(sent).toHaveLength(305);
  });

  test("an abort ends the wait and gives the tokens back", async () => {
    for (let at = 0; at < 5; at++) await call();
    const waiting = call();
    stop.abort();
    await expect(waiting).rejects.toMatchObject({ name: "AbortError" });
    stop = new AbortController();
    const next = call();
    await advance(clock, 100);
    await next;
    expect(sent.at(-1)).toBe(100);
  });
});

describe("refusals", () => {
  test("each pauses everything, 0.25 s doubled up to 8 s, until one call is let in", async () => {
    const pauses: number[] = [];
    for (let at = 0; at < 8; at++) {
      limiter.refused();
      pauses.push(Math.round(limiter.pausedMs()));
      await advance(clock, limiter.pausedMs());
    }
    expect(pauses).toEqual([250, 500, 1000, 2000, 4000, 8000, 8000, 8000]);
    limiter.accepted();
    limiter.refused();
    expect(Math.round(limiter.pausedMs())).toBe(250);
  });

  test("answers of calls that were under way change nothing", () => {
    limiter.refused();
    const pausedMs = limiter.pausedMs();
    limiter.refused();
    limiter.accepted();
    expect(limiter.pausedMs()).toBe(pausedMs);
  });

  test("whoever waits, waits that much longer, and nobody comes out in a bunch", async () => {
    const calls = Array.from({ length: 8 }, () => call());
    await advance(clock, 50);
    limiter.refused();
    const late = call();
    await advance(clock, 2000);
    await Promise.all([...calls, late]);
    expect(sent).toEqual([0, 0, 0, 0, 0, 350, 450, 550, 650]);
  });
});
