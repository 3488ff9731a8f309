import type { Effect } from "../../src/core/effects.ts";
import { Engine } from "../../src/core/engine.ts";
import type { EngineConfig } from "../../src/core/engine-config.ts";
import type { EngineEvent } from "../../src/core/events.ts";
import { IOC, type Order } from "../../src/core/orders.ts";
import {
  hold,
  leave,
  type MarketView,
  NOTHING_JUDGED,
  type Strategy,
  trade,
  type Verdict,
} from "../../src/core/strategy.ts";
import { type Ms, money, price, qty } from "../../src/core/units.ts";
import { aMarket, levels } from "./builders.ts";
import { anEngineConfig } from "./engine-config.ts";

// One market, an engine and a strategy that does what a test says; the venue answers as the test has it.

const BASE = Date.UTC(2026, 10, 2, 14);
export const MARKET = aMarket({ openMs: BASE, closeMs: BASE + 900_000 });
const TERMS = { reason: "stop_loss", floor: price(2_000), maxMs: 20_000, maxAttempts: 3 };

/** What the strategy is told to do; null leaves it at holding. */
type Wish = "buy" | "rest" | "leave" | null;

export class ExitRig {
  readonly engine: Engine;
  readonly orders: Order[] = [];
  readonly cancels: string[] = [];
  readonly risks: string[] = [];
  readonly verdicts: string[] = [];
  /** Whose order the newest look found under way. */
  ordering: string | null = null;
  wish: Wish = "buy";
  /** Where spot is said to be each second; null keeps the market unpriced. */
  spotUsd: number | null = null;
  #second = 60;
  #fills = 0;

  constructor(config: Partial<EngineConfig> = {}) {
    const strategy: Strategy = { name: "hasty", evaluate: (view) => this.#evaluate(view) };
    this.engine = new Engine(
      anEngineConfig({
        runKey: "exits",
        strategies: [strategy],
        ...config,
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

  /** An hour of candles before, and spot there from now on, so that the market is priced. */
  price(spotUsd: number): void {
    for (let minute = 0; minute < 60; minute++) {
      const usd = 100_000 * (1 + 0.0004 * Math.sin(minute * 1.7));
      const openMs = BASE + (minute - 60) * 60_000;
      const bar = { openUsd: usd, highUsd: usd, lowUsd: usd, closeUsd: usd, volume: 1 } as const;
      const candle = { type: "candle", source: "coinbase", product: "BTC-USD" } as const;
      this.step({ ...candle, ...bar, openMs, intervalS: 60, recvMs: this.nowMs });
    }
    this.spotUsd = spotUsd;
  }

  #spot(priceUsd: number): void {
    const recvMs = this.nowMs;
    const sides = { bidUsd: priceUsd - 0.01, askUsd: priceUsd + 0.01 } as const;
    const tick = { type: "spot", source: "coinbase", product: "BTC-USD", kind: "quote" } as const;
    const nothing = { size: null, tradeId: null } as const;
    this.step({ ...tick, ...sides, ...nothing, priceUsd, exchangeMs: recvMs, recvMs });
  }

  /** Lets seconds pass without a sign of the book feed. */
  silence(seconds: number): void {
    for (let left = seconds; left > 0; left--) {
      this.#second++;
      if (this.spotUsd !== null) this.#spot(this.spotUsd);
      this.step({ type: "wake", recvMs: this.nowMs });
    }
  }

  /** Lets seconds pass while the book feed stays alive. */
  wait(seconds: number): void {
    for (let left = seconds; left > 0; left--) {
      this.silence(1);
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
        fill: { ...fill, fee: money(0), isTaker: true, fillClass: "crossed", atMs: recvMs },
        recvMs,
      });
    }
    const state = filled === order.qty ? "filled" : "canceled";
    this.step({ type: "order", orderId, state, filledQty: qty(filled), reason: "", recvMs });
  }

  /** Holds ten contracts and has just decided to leave. */
  static leaving(): ExitRig {
    const rig = new ExitRig();
    rig.answer(1_000);
    rig.wish = "leave";
    rig.wait(1);
    return rig;
  }
}

export const sales = (rig: ExitRig) =>
  rig.orders.filter(({ action }) => action === "sell").map((order) => [order.price, order.qty]);
