import { expect, test } from "vitest";
import { windDown } from "../../../../src/app/live/wind-down.ts";
import { OrderTracker } from "../../../../src/core/live/order-tracker.ts";
import { anOrder } from "../../../support/sim-rig.ts";
import { advance, newClock } from "../../adapters/fakes.ts";

const unread = (): Promise<never> => Promise.reject(new Error("nothing is read before its end"));

test("I30: while an order is not known to be over it is named every five seconds, until patience ends", async () => {
  const clock = newClock();
  const tracker = new OrderTracker({ say: () => {}, trouble: () => {} });
  const sentMs = clock.nowMs();
  tracker.track({ order: anOrder(), exchangeIndex: 2, expiresMs: null, sentMs });
  const venue = { close: () => {}, tick: () => {}, tracker };
  const reads = {
    asOfMs: unread,
    orders: unread,
    fills: unread,
    positions: unread,
    balance: unread,
  };
  const alarms: [number, number][] = [];
  const alarm = (doubtful: readonly unknown[]): void => {
    alarms.push([clock.nowMs() - sentMs, doubtful.length]);
  };
  const ending = windDown({ venue, reads, clock, alarm }, new AbortController().signal);
  await advance(clock, 16_000);
  expect(alarms).toEqual([
    [5_000, 1],
    [10_000, 1],
    [15_000, 1],
  ]);
  await advance(clock, 60_000);
  expect(await ending).toMatchObject({ isVerified: false, resting: null });
});
