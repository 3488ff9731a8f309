import { expect, test } from "vitest";
import { VirtualClock } from "../../../../src/adapters/platform/virtual-clock.ts";
import { Reconciler } from "../../../../src/app/live/reconcile.ts";
import { OrderTracker } from "../../../../src/core/live/order-tracker.ts";
import { money } from "../../../../src/core/units.ts";

const { signal } = new AbortController();
const START_UD = 1_000_000_000;
const NOTHING = { items: [], complete: true };

/** A run that holds nothing, and whose ledger and account say how much has come back. */
function run() {
  const clock = new VirtualClock(1_793_646_060_000);
  const told = { booked: 0, paid: 0, isProvisional: false, isOld: false };
  const seen: (readonly [theirs: number, cost: number])[] = [];
  const reconciler = new Reconciler({
    venue: { tracker: new OrderTracker({ say: () => {}, trouble: () => {} }) },
    reads: {
      asOfMs: () => Promise.resolve(told.isOld ? Number.NEGATIVE_INFINITY : clock.nowMs()),
      orders: () => Promise.resolve(NOTHING),
      fills: () => Promise.resolve(NOTHING),
      positions: () => Promise.resolve(NOTHING),
      balance: () => Promise.resolve(money(START_UD + told.paid)),
    },
    clock,
    positions: () => [],
    market: () => undefined,
    isExclusive: () => true,
    isStrict: false,
    cash: {
      exchangeIndex: 2,
      spent: () => ({ cost: 0 - told.booked, fills: 0, settlements: 1 }),
      isProvisional: () => told.isProvisional,
      seen: (theirs, cost) => seen.push([theirs, cost]),
    },
  });
  return { told, seen, look: () => reconciler.look(signal) };
}

test("I29: a provisional payout that the exchange has not paid is no drift, however long its result takes", async () => {
  const { look, told } = run();
  await look();
  told.booked = 10_000_000;
  told.isProvisional = true;
  for (let nr = 0; nr < 10; nr++) expect(await look()).toBeNull();
  told.paid = 10_000_000;
  told.isProvisional = false;
  for (let nr = 0; nr < 10; nr++) expect(await look()).toBeNull();
});

test("I22: a final payout that the exchange does not pay is drift at the third look", async () => {
  const { look, told } = run();
  await look();
  told.booked = 10_000_000;
  expect([await look(), await look()]).toEqual([null, null]);
  expect(await look()).toMatchObject({ kind: "drift", value: START_UD });
});

test("I22: a balance from before the last change, which still lacks what an order held back, is no beginning to count from", async () => {
  const { look, seen, told } = run();
  told.isOld = true;
  told.paid = -8_038_500;
  expect(await look()).toBeNull();
  expect(seen).toEqual([]);
  told.isOld = false;
  told.paid = 0;
  for (let nr = 0; nr < 10; nr++) expect(await look()).toBeNull();
  expect(seen.at(-1)).toEqual([START_UD, 0]);
});
