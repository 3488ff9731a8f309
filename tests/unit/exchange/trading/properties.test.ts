import fc from "fast-check";
import { expect, test } from "vitest";
import { reserveUd } from "../../../../src/exchange/trading/collateral.ts";
import { feeScheduleOf } from "../../../../src/exchange/trading/fees.ts";
import type { OrderRequest, OrderState } from "../../../../src/exchange/trading/types.ts";
import { START_MS, TICKER } from "../../../support/tiny-world.ts";
import {
  bookOf,
  cancel,
  cashOf,
  expectDeltasMatch,
  maker,
  orderRequest,
  positionOf,
  runTo,
  setStatus,
  type TradingRig,
  taker,
  tradingRig,
} from "../../../support/trading-rig.ts";

/** Little enough for the money to run out again and again. */
const SUBACCOUNTS = [0, 1];
const CASH = SUBACCOUNTS.map((subaccount) => {
  return { exchangeIndex: 2, subaccount, amountUd: 12_345_678 };
});
const START_UD = 2 * 12_345_678;
const GRID_CC = [10, 20, 450, 990, 1000, 3000, 4900, 5000, 5100, 7000, 9000, 9010, 9480, 9990];

const price = fc.constantFrom(...GRID_CC);
const count = fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 3000 }));
const seldom = fc.nat(9).map((draw) => draw === 0);
const kind = fc.oneof(
  { weight: 6, arbitrary: fc.record({ isPostOnly: seldom }) },
  fc.record({
    timeInForce: fc.constantFrom("immediate_or_cancel" as const, "fill_or_kill" as const),
    isReduceOnly: seldom,
  }),
);
const request = fc.record({
  kind,
  side: fc.constantFrom("bid" as const, "ask" as const),
  priceCc: price,
  countCq: count,
  selfTrade: fc.constantFrom("taker_at_cross" as const, "maker" as const),
  cancelOnPause: seldom,
  isGrouped: seldom,
  expires: seldom,
  subaccount: fc.constantFrom(...SUBACCOUNTS),
  clientOrderId: fc.nat(60).map((id) => `client-${id}`),
});
type Terms = typeof request extends fc.Arbitrary<infer T> ? T : never;

const command = fc.record({
  action: fc.constantFrom(
    ...(["create", "create", "create", "create", "create", "create", "create"] as const),
    ...(["maker", "maker", "maker", "taker", "taker", "taker", "amend", "amend"] as const),
    ...(["cancel", "decrease", "group", "reset", "wait", "halt", "cancelAll", "pull"] as const),
    "transfer" as const,
  ),
  terms: request,
  pick: fc.nat(20),
});
type Command = typeof command extends fc.Arbitrary<infer T> ? T : never;

function picked(rig: TradingRig, pick: number): OrderState | undefined {
  const resting = rig.desk.orders().filter((order) => order.status === "resting");
  return resting[pick % Math.max(1, resting.length)];
}

function create(rig: TradingRig, terms: Terms): void {
  const { kind: flags, isGrouped, expires, ...named } = terms;
  const nowS = Math.floor(rig.world.nowMs() / 1000);
  const group = rig.desk.groups().find((one) => one.subaccount === terms.subaccount);
  const overrides: Partial<OrderRequest> = {
    ...named,
    ...flags,
    expirationS: expires && !("timeInForce" in flags) ? nowS + 3 : null,
    groupId: isGrouped ? (group?.groupId ?? null) : null,
  };
  rig.desk.create(orderRequest(overrides));
}

function perform(rig: TradingRig, { action, terms, pick }: Command): void {
  const order = picked(rig, pick);
  const name = { orderId: order?.orderId ?? "none", ticker: TICKER, exchangeIndex: 2 };
  const halted = { exchangeIndex: 2, isExchangeActive: true, isTradingActive: false };
  const places = SUBACCOUNTS.map((subaccount) => ({ exchangeIndex: 2, subaccount }));
  const { side, priceCc, countCq, subaccount } = terms;
  const index = bookOf(rig).grid.floorIndex(priceCc);
  const actions: Record<Command["action"], () => unknown> = {
    create: () => create(rig, terms),
    maker: () => {
      const cc = side === "bid" ? priceCc : 10_000 - priceCc;
      const front = bookOf(rig).front(side === "bid" ? "no" : "yes");
      // Makers do not cross.
      if (front === null || front.priceCc + cc < 10_000) maker(rig, side, priceCc, countCq);
    },
    pull: () => {
      bookOf(rig).remove({ side: "yes", owner: 0, index }, countCq, rig.world.nowMs());
    },
    taker: () => taker(rig, side === "bid" ? "yes" : "no", countCq),
    cancel: () => cancel(rig, name.orderId),
    decrease: () => rig.desk.decrease(name, { byCq: countCq }),
    amend: () =>
      rig.desk.amend({
        ...name,
        side: order?.side ?? "bid",
        priceCc: pick % 2 === 0 ? priceCc : (order?.priceCc ?? priceCc),
        countCq: countCq + (order?.filledCq ?? 0),
        clientOrderId: null,
        updatedClientOrderId: pick === 3 ? terms.clientOrderId : null,
      }),
    group: () => rig.desk.createGroup({ limitCq: 500, subaccount, exchangeIndex: 2 }),
    reset: () => rig.desk.resetGroup(rig.desk.groups()[0]?.groupId ?? "none"),
    wait: () => runTo(rig, rig.world.nowMs() + 500 * pick),
    halt: () => {
      rig.desk.setShard(halted);
      rig.desk.setShard({ ...halted, isTradingActive: true });
    },
    cancelAll: () => (pick === 0 ? rig.desk.cancelAll(subaccount) : undefined),
    transfer: () => {
      const [from = places[0], to = from] = pick % 2 === 0 ? places : places.toReversed();
      if (from !== undefined && to !== undefined) rig.desk.transfer(from, to, 10_000 * countCq);
    },
  };
  actions[action]();
}

/** Cash of all subaccounts as the fills and settlements say it must be. */
function owedUd(rig: TradingRig): number {
  let sum = START_UD;
  for (const settlement of rig.desk.settlements()) sum += settlement.revenueUd;
  const positions = new Map<number, number>();
  for (const { subaccount, side, priceCc, countCq, feeUd, positionCq } of rig.desk.fills()) {
    const before = positions.get(subaccount) ?? 0;
    const signed = side === "bid" ? countCq : -countCq;
    if (positionCq !== before + signed) throw new Error(`position ${positionCq} after ${before}`);
    positions.set(subaccount, positionCq);
    // Of the YES leg: buying costs p and selling brings p; a NO contract is worth $1 less a YES contract.
    const noBefore = Math.max(0, -before);
    const noAfter = Math.max(0, -positionCq);
    sum += -signed * priceCc - (noAfter - noBefore) * 10_000 - feeUd;
  }
  return sum;
}

function check(rig: TradingRig): void {
  const balances = rig.desk.balances();
  const held = balances.reduce((sum, cash) => sum + cash.availableUd + cash.reservedUd, 0);
  expect(held).toBe(owedUd(rig));
  const orders = rig.desk.orders();
  const resting = orders.filter((order) => order.status === "resting");
  const schedule = feeScheduleOf({ feeType: "quadratic", feeMultiplier: 1 });
  for (const { subaccount, availableUd, reservedUd } of balances) {
    expect(availableUd).toBeGreaterThanOrEqual(0);
    const own = resting.filter((order) => order.subaccount === subaccount);
    const wanted = reserveUd(own, positionOf(rig, subaccount), schedule);
    // Which of two equal prices closes a position shows in the rounding of their fees only.
    expect(Math.abs(reservedUd - wanted)).toBeLessThanOrEqual(100 * own.length);
  }
  const filled = new Map<string, number>();
  for (const { orderId, countCq } of rig.desk.fills()) {
    filled.set(orderId, (filled.get(orderId) ?? 0) + countCq);
  }
  const wrong = orders.filter(({ orderId, status, initialCq, filledCq, leftCq }) => {
    const isResting = status === "resting";
    const isInBook = rig.desk.aheadCq(orderId) !== null;
    const isWhole = filledCq === (filled.get(orderId) ?? 0) && filledCq + leftCq <= initialCq;
    return !isWhole || isInBook !== isResting || leftCq > 0 !== isResting;
  });
  // One assertion for all: this runs after every command.
  expect(wrong).toEqual([]);
  const book = bookOf(rig);
  for (const side of ["yes", "no"] as const) {
    const inBook = book.read()[side].reduce((sum, [, cq]) => sum + cq, 0);
    const makers = book.levels(side).reduce((sum, index) => sum + book.owned(side, 0, index), 0);
    const own = resting.filter((order) => (order.side === "bid") === (side === "yes"));
    expect(inBook).toBe(makers + own.reduce((sum, order) => sum + order.leftCq, 0));
  }
}

/** What an owner who only listens believes must be what is. */
function checkEvents(rig: TradingRig): void {
  const told = new Map<string, unknown>();
  const fills: unknown[] = [];
  for (const event of rig.events) {
    if (event.type === "order") told.set(event.order.orderId, event.order);
    else if (event.type === "position") told.set(`p${event.position.subaccount}`, event.position);
    else if (event.type === "fill") fills.push(event.fill);
    else if (event.type === "balance") {
      expect(event.balance.availableUd).toBeGreaterThanOrEqual(0);
      told.set(`b${event.balance.subaccount}`, event.balance);
    } else if (event.type === "group") told.set(event.group.groupId, event.group);
  }
  expect(fills).toEqual(rig.desk.fills());
  for (const order of rig.desk.orders()) expect(told.get(order.orderId)).toBe(order);
  for (const position of rig.desk.positions()) {
    expect(told.get(`p${position.subaccount}`)).toEqual(position);
  }
  for (const cash of rig.desk.balances()) {
    const last = told.get(`b${cash.subaccount}`);
    if (last !== undefined) expect(last).toEqual(cash);
  }
  for (const group of rig.desk.groups()) expect(told.get(group.groupId)).toEqual(group);
}

test("money, orders, book and events agree whatever clients and others do", {
  timeout: 30_000,
}, () => {
  fc.assert(
    fc.property(
      fc.array(command, { minLength: 30, maxLength: 80, size: "max" }),
      fc.constantFrom(0, 10_000, 3333),
      (commands, payoutCc) => {
        const rig = tradingRig({ cash: CASH, hasWeeklyPause: false });
        for (const one of commands) {
          perform(rig, one);
          check(rig);
        }
        checkEvents(rig);
        expectDeltasMatch(rig);
        setStatus(rig, "closed");
        runTo(rig, rig.world.nowMs() + 1000);
        setStatus(rig, "finalized", payoutCc);
        check(rig);
        checkEvents(rig);
        expect(rig.desk.balances().every((balance) => balance.reservedUd === 0)).toBe(true);
        expect(rig.desk.positions().every((position) => position.positionCq === 0)).toBe(true);
      },
    ),
    { numRuns: 50 },
  );
});

test("realized profit is what the cash has changed by, fees apart", () => {
  fc.assert(
    fc.property(fc.array(command, { minLength: 30, maxLength: 80, size: "max" }), (commands) => {
      const rig = tradingRig({ cash: CASH, hasWeeklyPause: false });
      for (const one of commands) perform(rig, one);
      setStatus(rig, "closed");
      runTo(rig, START_MS + 600_000);
      setStatus(rig, "finalized", 10_000);
      let gained = 0;
      for (const { realizedUd, feesUd } of rig.desk.positions()) gained += realizedUd - feesUd;
      const held = rig.desk.balances().reduce((sum, balance) => sum + balance.availableUd, 0);
      expect(held).toBe(START_UD + gained);
      expect(cashOf(rig).reservedUd).toBe(0);
    }),
    { numRuns: 50 },
  );
});
