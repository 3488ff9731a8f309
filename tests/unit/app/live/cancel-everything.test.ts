import { expect, test } from "vitest";
import { cancelEverything } from "../../../../src/app/live/cancel-everything.ts";
import type { SeenOrder } from "../../../../src/core/live/seen.ts";
import { price, qty } from "../../../../src/core/units.ts";
import { advance, newClock } from "../../adapters/fakes.ts";

const ORDER: SeenOrder = {
  exchangeId: "97ec18b7",
  clientOrderId: "2b8394e0",
  ticker: "KXBTC15M-26AUG170100-00",
  exchangeIndex: 2,
  bookSide: "bid",
  yesPrice: price(100),
  initialQty: qty(100),
  filledQty: qty(0),
  status: "resting",
  reason: "",
};

/** An account with one order, whose cancel-all is believed or only answered. */
function account({ isObeyed }: { readonly isObeyed: boolean }) {
  const clock = newClock();
  const { signal } = new AbortController();
  let resting: readonly SeenOrder[] = [ORDER];
  const told: (number | null)[] = [];
  const parts = {
    clock,
    exchangeIndex: 2,
    writes: {
      place: () => Promise.reject(new Error("nothing is placed")),
      createGroup: () => Promise.reject(new Error("no group is made")),
      triggerGroup: () => Promise.resolve(null),
      cancel: () => Promise.resolve(null),
      cancelAll: () => {
        if (isObeyed) resting = [];
        return Promise.resolve(null);
      },
    },
    reads: {
      asOfMs: () => Promise.resolve(clock.nowMs() + 1),
      orders: () => Promise.resolve({ complete: true, items: resting }),
    },
    tell: (orders: readonly SeenOrder[] | null) => void told.push(orders?.length ?? null),
  };
  return { clock, told, emptied: cancelEverything(parts, signal) };
}

test("counts what rested before the cancel, and proves that nothing does", async () => {
  const { emptied, told } = account({ isObeyed: true });
  expect(await emptied).toMatchObject({ isVerified: true, found: [ORDER], resting: [] });
  expect(told).toEqual([]);
});

test("I30: from the fifth second on it says again and again what rests, and in the end that it does", async () => {
  const { clock, emptied, told } = account({ isObeyed: false });
  await advance(clock, 4_900);
  expect(told).toEqual([]);
  await advance(clock, 5_000);
  expect(told.length).toBeGreaterThan(1);
  expect(new Set(told)).toEqual(new Set([1]));
  await advance(clock, 30_000);
  expect(await emptied).toMatchObject({ isVerified: false, resting: [ORDER] });
});
