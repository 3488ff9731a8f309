import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LaggedView, type ReadLag } from "../../../../src/exchange/trading/account-view.ts";
import type {
  AccountEvent,
  Balance,
  Fill,
  OrderGroup,
  OrderState,
  Position,
  Settlement,
} from "../../../../src/exchange/trading/types.ts";

const LAG: ReadLag = { minMs: 400, maxMs: 1500 };

function balance(availableUd: number, exchangeIndex = 2): Balance {
  return { exchangeIndex, subaccount: 0, availableUd, reservedUd: 0, atMs: 0 };
}

function view(lag = LAG, seed = 7): LaggedView {
  return new LaggedView({ seed, balances: [balance(100)], lag });
}

const ORDER: OrderState = {
  orderId: "a",
  clientOrderId: null,
  ticker: "T",
  side: "bid",
  priceCc: 5000,
  initialCq: 100,
  filledCq: 0,
  leftCq: 100,
  status: "resting",
  timeInForce: "good_till_canceled",
  selfTrade: "taker_at_cross",
  expirationMs: null,
  isPostOnly: false,
  cancelOnPause: false,
  isReduceOnly: false,
  subaccount: 0,
  groupId: null,
  exchangeIndex: 2,
  takerCostUd: 0,
  makerCostUd: 0,
  takerFeesUd: 0,
  makerFeesUd: 0,
  createdMs: 0,
  updatedMs: 0,
  reason: "",
};

function order(atMs: number, over: Partial<OrderState> = {}): AccountEvent {
  return { type: "order", order: { ...ORDER, ...over }, atMs };
}

/** After how long an order shows. */
function shownAfter(seed: number): number {
  const reads = view(LAG, seed);
  reads.observe(order(0));
  for (let ms = 0; ; ms++) {
    reads.catchUp(ms);
    if (reads.orders().length > 0) return ms;
  }
}

function shown(...events: readonly AccountEvent[]): LaggedView {
  const reads = view({ minMs: 0, maxMs: 0 });
  for (const event of events) reads.observe(event);
  reads.catchUp(0);
  return reads;
}

describe("lag", () => {
  test("nothing shows before the shortest lag, everything after the longest", () => {
    for (let seed = 0; seed < 50; seed++) {
      const reads = view(LAG, seed);
      reads.observe(order(1000));
      reads.catchUp(1399);
      expect(reads.orders()).toEqual([]);
      reads.catchUp(2500);
      expect(reads.orders()).toHaveLength(1);
    }
  });

  test("the lag varies, and a seed repeats it", () => {
    const lags = [1, 2, 3, 4, 5].map(shownAfter);
    expect(new Set(lags).size).toBeGreaterThan(3);
    expect([1, 2, 3, 4, 5].map(shownAfter)).toEqual(lags);
  });

  test("a longer lag can be set for what happens from then on", () => {
    const reads = view();
    reads.setLag({ minMs: 10_000, maxMs: 10_000 });
    reads.observe(order(0));
    reads.catchUp(9999);
    expect(reads.orders()).toEqual([]);
    reads.catchUp(10_000);
    expect(reads.orders()).toHaveLength(1);
  });

  test("changes show in their order, whatever lag each draws", () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 2, maxLength: 20 }),
        (seed, gaps) => {
          const reads = view(LAG, seed);
          let atMs = 0;
          for (const [count, gap] of gaps.entries()) {
            atMs += gap;
            reads.observe(order(atMs, { filledCq: count }));
          }
          let last = -1;
          for (let ms = 0; ms < atMs + 1600; ms += 7) {
            reads.catchUp(ms);
            const filled = reads.order("a")?.filledCq ?? -1;
            expect(filled).toBeGreaterThanOrEqual(last);
            last = filled;
          }
          expect(last).toBe(gaps.length - 1);
        },
      ),
    );
  });
});

describe("the time reads are as of", () => {
  test("what is not after it shows, and it never goes back", () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.array(fc.integer({ min: 0, max: 800 }), { minLength: 1, maxLength: 20 }),
        (seed, gaps) => {
          const reads = view(LAG, seed);
          let nowMs = 0;
          let last = Number.NEGATIVE_INFINITY;
          const times: number[] = [];
          for (const [count, gap] of gaps.entries()) {
            nowMs += gap;
            reads.observe(order(nowMs, { orderId: `${count}` }));
            times.push(nowMs);
            const asOf = reads.asOfMs(nowMs);
            expect(asOf).toBeGreaterThanOrEqual(last);
            last = asOf;
            for (const [at, time] of times.entries()) {
              if (time <= asOf) expect(reads.order(`${at}`)).toBeDefined();
            }
          }
        },
      ),
    );
  });

  test("stays before a change that is hidden and passes it once it shows", () => {
    const reads = view({ minMs: 400, maxMs: 400 });
    reads.observe(order(1000));
    expect(reads.asOfMs(1399)).toBe(999);
    expect(reads.asOfMs(1400)).toBe(1000);
  });

  test("does not go back when the lag grows", () => {
    const reads = view({ minMs: 0, maxMs: 0 });
    expect(reads.asOfMs(5000)).toBe(4999);
    reads.setLag({ minMs: 3000, maxMs: 3000 });
    expect(reads.asOfMs(5001)).toBe(4999);
  });

  test("follows the clock at the shortest lag while nothing happens", () => {
    expect(view().asOfMs(5000)).toBe(4600);
  });

  test("without a lag this very moment is still to come", () => {
    const reads = view({ minMs: 0, maxMs: 0 });
    expect(reads.asOfMs(5000)).toBe(4999);
  });
});

describe("content", () => {
  const at = { ticker: "T", eventTicker: "E", exchangeIndex: 2, subaccount: 0, atMs: 0 };
  const nothing = { costUd: 0, tradedUd: 0, volumeCq: 0, realizedUd: 0, feesUd: 0 };
  const position = (positionCq: number, subaccount = 0): Position => ({
    ...at,
    ...nothing,
    subaccount,
    positionCq,
  });
  const fill = (tradeId: string): Fill => ({
    ...at,
    tradeId,
    orderId: "a",
    clientOrderId: null,
    side: "bid",
    priceCc: 1,
    countCq: 1,
    isTaker: true,
    feeUd: 0,
    positionCq: 1,
  });
  const settlement = (ticker: string): Settlement => ({
    ...at,
    ticker,
    result: "yes",
    payoutCc: 10_000,
    yesCq: 1,
    yesCostUd: 0,
    noCq: 0,
    noCostUd: 0,
    feesUd: 0,
    revenueUd: 0,
  });
  const group: OrderGroup = {
    groupId: "g",
    exchangeIndex: 2,
    subaccount: 0,
    limitCq: 100,
    isTriggered: false,
  };

  test("orders newest first, each as it stands", () => {
    const reads = shown(
      order(0),
      order(0, { orderId: "b" }),
      order(0, { status: "canceled", leftCq: 0 }),
    );
    expect(reads.orders().map(({ orderId, status }) => [orderId, status])).toEqual([
      ["b", "resting"],
      ["a", "canceled"],
    ]);
  });

  test("fills and settlements newest first", () => {
    const reads = shown(
      { type: "fill", fill: fill("1"), atMs: 0 },
      { type: "fill", fill: fill("2"), atMs: 0 },
      { type: "settlement", settlement: settlement("1"), atMs: 0 },
      { type: "settlement", settlement: settlement("2"), atMs: 0 },
    );
    expect(reads.fills().map(({ tradeId }) => tradeId)).toEqual(["2", "1"]);
    expect(reads.settlements().map(({ ticker }) => ticker)).toEqual(["2", "1"]);
  });

  test("one position for each market and subaccount", () => {
    const reads = shown(
      { type: "position", position: position(1), atMs: 0 },
      { type: "position", position: position(5, 1), atMs: 0 },
      { type: "position", position: position(2), atMs: 0 },
    );
    expect(reads.positions().map(({ positionCq }) => positionCq)).toEqual([2, 5]);
  });

  test("cash by shard, from the start on", () => {
    expect(view().balances()).toEqual([balance(100)]);
    const reads = shown(
      { type: "balance", balance: balance(40), atMs: 0 },
      { type: "balance", balance: balance(60, 0), atMs: 0 },
    );
    expect(reads.balances()).toEqual([balance(40), balance(60, 0)]);
  });

  test("groups until they are deleted", () => {
    const created: AccountEvent = { type: "group", change: "created", group, atMs: 0 };
    const triggered = { ...group, isTriggered: true };
    const reads = shown(created, { type: "group", change: "triggered", group: triggered, atMs: 0 });
    expect(reads.groups()).toEqual([triggered]);
    expect(shown(created, { type: "group", change: "deleted", group, atMs: 0 }).groups()).toEqual(
      [],
    );
  });
});
