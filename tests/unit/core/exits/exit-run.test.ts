import { describe, expect, test } from "vitest";
import type { Effect } from "../../../../src/core/effects.ts";
import { Engine } from "../../../../src/core/engine.ts";
import type { EngineEvent } from "../../../../src/core/events.ts";
import { IOC, type Order } from "../../../../src/core/orders.ts";
import {
  hold,
  leave,
  type MarketView,
  NOTHING_JUDGED,
  type Strategy,
  trade,
  type Verdict,
} from "../../../../src/core/strategy.ts";
import { type Ms, money, price, qty } from "../../../../src/core/units.ts";
import { aMarket, levels } from "../../../support/builders.ts";
import { anEngineConfig } from "../../../support/engine-config.ts";

// Exits through the engine: a strategy buys ten contracts, wants to leave, and the venue answers as each test has it.

const BASE = Date.UTC(2026, 10, 2, 14);
const MARKET = aMarket({ openMs: BASE, closeMs: BASE + 900_000 });
const TERMS = { reason: "stop_loss", floor: price(2_000), maxMs: 20_000, maxAttempts: 3 };

/** What the strategy of this file is told to do; null leaves it at holding. */
type Wish = "buy" | "rest" | "leave" | null;

class Rig {
  readonly engine: Engine;
  readonly orders: Order[] = [];
  readonly cancels: string[] = [];
  readonly risks: string[] = [];
  readonly verdicts: string[] = [];
  /** Whose order the newest look found under way. */
  ordering: string | null = null;
  wish: Wish = "buy";
  #second = 60;
  #fills = 0;

  constructor() {
    const strategy: Strategy = { name: "hasty", evaluate: (view) => this.#evaluate(view) };
    this.engine = new Engine(
      anEngineConfig({
        runKey: "exits",
        strategies: [strategy],
      }),
    );
    const series = { scope: "series", ticker: MARKET.seriesTicker } as const;
    const terms = [{ fromMs: 0, feeType: "quadratic", multiplierBps: 10_000 }];
    this.step({ type: "fees", ...series, terms, recvMs: this.nowMs });
    this.step({ type: "market", market: MARKET, recvMs: this.nowMs });
    this.book(60, 38);
  }

  get nowMs(): Ms {
    return BASE + this.#second * 1000;
  }

  #evaluate(view: MarketView): Verdict {
    const { holding, market } = view;
    this.ordering = view.ordering;
    if (this.wish === "leave") return leave(view, TERMS, NOTHING_JUDGED);
    if (this.wish === "rest") return this.#rest(view);
    if (this.wish !== "buy" || holding !== null) return hold(["no_wish"]);
    const order = { strategy: "hasty", ticker: market.ticker, side: "yes", action: "buy" } as const;
    return trade({ ...order, ...IOC, price: price(6_200), qty: qty(1_000) }, NOTHING_JUDGED);
  }

  /** One contract more, waiting in the book. */
  #rest({ market, resting }: MarketView): Verdict {
    if (resting !== null) return hold(["no_wish"]);
    const order = { strategy: "hasty", ticker: market.ticker, side: "yes", action: "buy" } as const;
    const waits = { timeInForce: "gtc", postOnly: true, expiresMs: null, mayAdd: true } as const;
    return trade({ ...order, ...waits, price: price(5_900), qty: qty(100) }, NOTHING_JUDGED);
  }

  step(event: EngineEvent): void {
    for (const effect of this.engine.step(event)) this.#take(effect);
  }

  #take(effect: Effect): void {
    if (effect.type === "submit") this.orders.push(effect.order);
    if (effect.type === "cancel") this.cancels.push(effect.orderId);
    if (effect.type === "risk")
      this.risks.push(`${effect.row.kind} ${effect.row.value} ${effect.row.reason}`);
    if (effect.type === "opportunity")
      this.verdicts.push(`${effect.row.decision} ${effect.row.reason}`);
  }

  /** Whole cents of the best bids. */
  book(yesCents: number, noCents: number): void {
    const [yes, no] = [yesCents, noCents].map((cents) =>
      cents === 0 ? [] : levels([[cents, 500]]),
    );
    const snapshot = { type: "snapshot", ticker: MARKET.ticker, sid: 1, seq: 1 } as const;
    this.step({ ...snapshot, yes: yes ?? [], no: no ?? [], recvMs: this.nowMs });
  }

  /** Lets seconds pass while the book feed stays alive. */
  wait(seconds: number): void {
    for (let left = seconds; left > 0; left--) {
      this.#second++;
      this.step({ type: "wake", recvMs: this.nowMs });
      const event = {
        type: "ticker",
        ticker: MARKET.ticker,
        sid: 1,
        yesBid: price(1),
        yesAsk: price(2),
      } as const;
      const sizes = {
        last: null,
        yesBidQty: null,
        yesAskQty: null,
        volume: null,
        openInterest: null,
      } as const;
      this.step({ ...event, ...sizes, exchangeMs: null, recvMs: this.nowMs });
    }
  }

  /** The newest order trades so much of it, in hundredths, and is over. */
  answer(filled: number): void {
    const order = this.orders.at(-1);
    if (order === undefined) throw new Error("no order");
    const { action, orderId, side, ticker } = order;
    const recvMs = this.nowMs;
    if (filled > 0) {
      const fillId = `f${++this.#fills}`;
      const fill = { fillId, orderId, ticker, side, action, price: order.price, qty: qty(filled) };
      this.step({
        type: "fill",
        fill: { ...fill, fee: money(0), isTaker: true, atMs: recvMs },
        recvMs,
      });
    }
    const state = filled === order.qty ? "filled" : "canceled";
    this.step({ type: "order", orderId, state, filledQty: qty(filled), reason: "", recvMs });
  }

  /** Holds ten contracts and has just decided to leave. */
  static leaving(): Rig {
    const rig = new Rig();
    rig.answer(1_000);
    rig.wish = "leave";
    rig.wait(1);
    return rig;
  }
}

const sales = (rig: Rig) =>
  rig.orders.filter(({ action }) => action === "sell").map((order) => [order.price, order.qty]);

describe("an exit", () => {
  test("is committed once, works down to flat and is on file from beginning to end", () => {
    const rig = Rig.leaving();
    expect(sales(rig)).toEqual([[6_000, 1_000]]);
    // The strategy changes its mind, which is not asked any more.
    rig.wish = null;
    rig.answer(400);
    rig.wait(1);
    expect(sales(rig)).toEqual([
      [6_000, 1_000],
      [5_900, 600],
    ]);
    rig.answer(600);
    rig.wait(1);
    expect(rig.engine.portfolio.openCount).toBe(0);
    expect(rig.risks).toEqual([
      `exit_committed 10 ${MARKET.ticker} stop_loss`,
      `exit_flat 0 ${MARKET.ticker} stop_loss after 2 orders`,
    ]);
    const [buy, first, second] = rig.orders;
    expect(first?.opportunityId).toBe(second?.opportunityId);
    expect(first?.opportunityId).not.toBe(buy?.opportunityId);
    expect(new Set(rig.orders.map(({ clientOrderId }) => clientOrderId)).size).toBe(3);
  });

  test("one order at a time, and none while one is under way", () => {
    const rig = Rig.leaving();
    rig.wait(15);
    expect(sales(rig)).toHaveLength(1);
    expect(rig.ordering).toBe("hasty");
    rig.answer(1_000);
    rig.wait(1);
    expect(rig.ordering).toBeNull();
  });

  test("buys nothing there while it works, whatever the strategy wishes", () => {
    const rig = Rig.leaving();
    rig.wish = "leave";
    rig.wait(2);
    expect(rig.verdicts.at(-1)).toBe("no_trade exit_working");
  });

  test("takes an order that still waits to buy out of the book first, and asks again when there is no answer", () => {
    const rig = new Rig();
    rig.answer(1_000);
    rig.wish = "rest";
    rig.wait(1);
    const waiting = rig.orders.at(-1)?.orderId;
    rig.wish = "leave";
    rig.wait(3);
    expect(rig.cancels).toEqual([waiting]);
    expect(sales(rig)).toEqual([]);
    rig.wait(4);
    expect(rig.cancels).toEqual([waiting, waiting]);
    // It had a fill before it was gone: that is sold with the rest.
    rig.answer(50);
    rig.wait(1);
    expect(sales(rig)).toEqual([[6_000, 1_050]]);
  });

  test("with nobody who bids it waits, and sells what it can when somebody does", () => {
    const rig = new Rig();
    rig.answer(1_000);
    rig.book(0, 38);
    rig.wish = "leave";
    rig.wait(3);
    expect(sales(rig)).toEqual([]);
    rig.book(15, 38);
    rig.wait(1);
    // Below the floor of 20 cents.
    expect(sales(rig)).toEqual([]);
    rig.book(30, 38);
    expect(sales(rig)).toEqual([[3_000, 1_000]]);
  });

  test("that does not get rid of it says how much is left, and the market is not entered again", () => {
    const rig = Rig.leaving();
    for (const filled of [100, 0, 250]) {
      rig.answer(filled);
      rig.wait(1);
    }
    rig.wait(2);
    expect(sales(rig)).toHaveLength(3);
    expect(rig.risks.at(-1)).toBe(
      `exit_stranded 6.5 ${MARKET.ticker} attempts_used_up after 3 orders`,
    );
    expect(rig.engine.portfolio.position(MARKET.ticker)?.qty).toBe(650);
    rig.wish = "leave";
    rig.wait(1);
    expect(rig.verdicts.at(-1)).toBe("no_trade exit_stranded");
    expect(rig.risks.filter((risk) => risk.startsWith("exit_stranded"))).toHaveLength(1);
  });

  test("ends after its time even without an order", () => {
    const rig = new Rig();
    rig.answer(1_000);
    rig.book(0, 38);
    rig.wish = "leave";
    rig.wait(30);
    expect(rig.risks.at(-1)).toBe(`exit_stranded 10 ${MARKET.ticker} time_used_up after 0 orders`);
  });

  test("that the close overtakes says so", () => {
    const rig = new Rig();
    rig.answer(1_000);
    rig.wait(835);
    rig.book(0, 38);
    rig.wish = "leave";
    rig.wait(10);
    expect(rig.risks.at(-1)).toBe(`exit_stranded 10 ${MARKET.ticker} market_closed after 0 orders`);
  });

  test("sells although the account is halted", () => {
    const rig = new Rig();
    rig.answer(1_000);
    rig.engine.gate.halt("kill");
    rig.wish = "leave";
    rig.wait(1);
    expect(sales(rig)).toHaveLength(1);
    rig.answer(1_000);
    rig.wish = "buy";
    rig.wait(2);
    expect(rig.verdicts.at(-1)).toBe("no_trade risk.halted");
  });
});
