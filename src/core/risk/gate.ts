import { DAY_MS } from "../iso-time.ts";
import { isOnGrid } from "../market.ts";
import type { Approved, Intent, Order } from "../orders.ts";
import type { Portfolio } from "../portfolio.ts";
import { type Money, type Ms, money } from "../units.ts";
import { type Denied, deny, type GateInputs } from "./check.ts";
import type { EntryGuard, Exposure } from "./entry-guard.ts";
import { NEVER_PAY, type RiskLimits } from "./limits.ts";

const NONE: readonly string[] = [];

/**
 * The only place that makes approved orders. Counts open, pending and lost money at their worst case, so no sequence of
 * fills can carry the account past a limit.
 */
export class RiskGate {
  readonly #limits: RiskLimits;
  readonly #portfolio: Portfolio;
  /** What entries are held against besides, where they cost money. */
  readonly #guard: EntryGuard | null;
  readonly #pending = new Map<string, { ticker: string; worstCost: Money }>();
  /** Cost of what is settled provisionally. */
  readonly #provisional = new Map<string, Money>();
  /** Losses of today by final results. */
  readonly #settledToday = new Map<string, number>();
  #halted: string | null = null;
  #held: string | null = null;
  #cash: () => number = () => Number.POSITIVE_INFINITY;
  #closed = false;
  #day = 0;
  #dayLoss = 0;

  constructor(limits: RiskLimits, portfolio: Portfolio, guard: EntryGuard | null = null) {
    this.#limits = limits;
    this.#portfolio = portfolio;
    this.#guard = guard;
  }

  /** Stops every further order; the first reason stays. */
  halt(reason: string): void {
    this.#halted ??= reason;
  }

  /** Lets purchases wait for as long as there is a reason; null lets them go on. Sales go on in any case. */
  hold(reason: string | null): void {
    this.#held = reason;
  }

  /** What the account has left beside orders under way, micro-dollars; until it is told nothing is held against it. */
  fund(cash: () => number): void {
    this.#cash = cash;
  }

  /** Approves nothing any more, sales included: whoever ends a run leaves no order behind. */
  close(): void {
    this.#closed = true;
  }

  /** Checks from cheap to dear; the first failure wins. */
  check(inputs: GateInputs): Denied | null {
    const { intent, market, worstCost, nowMs } = inputs;
    this.#rollDay(nowMs);
    const isExit = intent.action === "sell";
    const bar = this.#bar(isExit);
    if (bar !== null) return deny(bar, null, null);
    if (nowMs >= market.closeMs || nowMs < market.openMs) return deny("market_closed", null, null);
    if (!isOnGrid(market.ranges, intent.price)) return deny("off_grid", intent.price, null);
    if (intent.action === "buy" && intent.price >= NEVER_PAY) {
      return deny("price_cap", intent.price, NEVER_PAY);
    }
    if (intent.qty <= 0) return deny("size_zero", intent.qty, 1);
    if (isExit) return this.#checkReducing(intent);
    return this.#checkExposure(intent, worstCost) ?? this.#checkEntry(inputs);
  }

  /** What stands against every order, or every purchase; a halt stops what could lose more, and lets sell what is held. */
  #bar(isExit: boolean): string | null {
    if (this.#closed) return "closed";
    if (isExit) return null;
    return this.#halted === null ? this.#held : "halted";
  }

  /** A sale may only shrink what is held: beyond that it would buy the other side. */
  #checkReducing({ qty, side, ticker }: Intent): Denied | null {
    const held = this.#portfolio.position(ticker)?.qty ?? 0;
    const sellable = side === "yes" ? held : 0 - held;
    if (this.isPending(ticker)) return deny("in_market", 1, 1);
    return qty > sellable ? deny("not_held", qty, Math.max(0, sellable)) : null;
  }

  /** Limits that stand against a purchase in this market whatever its size, as the reasons of `check`. */
  standing(ticker: string, nowMs: Ms): readonly string[] {
    this.#rollDay(nowMs);
    const guarded = this.#guard?.standing(ticker, nowMs, this.#pending.size) ?? NONE;
    const isIdle =
      this.#portfolio.openCount === 0 && this.#pending.size === 0 && this.#provisional.size === 0;
    const isBarred = this.#halted !== null || this.#held !== null;
    if (isIdle && !isBarred && this.#dayLoss === 0) return guarded;
    return [...this.#standing(ticker), ...guarded];
  }

  #standing(ticker: string): string[] {
    const reasons: string[] = [];
    if (this.#halted !== null) reasons.push("risk.halted");
    if (this.#held !== null) reasons.push(`risk.${this.#held}`);
    if (this.#isIn(ticker)) reasons.push("risk.in_market");
    if (this.#openMarkets() >= this.#limits.maxOpenPositions) {
      reasons.push("risk.max_open_positions");
    }
    if (this.#atRisk() >= this.#dayLimit) reasons.push("risk.daily_loss");
    return reasons;
  }

  #isIn(ticker: string): boolean {
    return this.#portfolio.position(ticker) !== undefined || this.isPending(ticker);
  }

  /** Marks an order that passed `check` as approved and counts it until `resolved`. */
  approve(order: Order, inputs: GateInputs): Approved<Order> | Denied {
    const denied = this.check(inputs);
    if (denied !== null) return denied;
    this.#pending.set(order.orderId, { ticker: order.ticker, worstCost: inputs.worstCost });
    if (order.action === "buy") this.#guard?.note(order);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the one place that gives the brand
    return order as Approved<Order>;
  }

  /** The order is terminal: its reservation ends. */
  resolved(orderId: string): void {
    this.#pending.delete(orderId);
  }

  /** Realised losses of the present UTC day; gains do not buy room for losses. */
  onRealised(pnl: Money, nowMs: Ms): void {
    this.#rollDay(nowMs);
    if (pnl < 0) this.#dayLoss -= pnl;
  }

  /**
   * Until a result is final all of the position counts as lost, as it did while it was open: a provisional loss is there at
   * once, and a provisional gain, which may yet be taken back, makes no room for another bet.
   */
  onProvisional(ticker: string, cost: Money): void {
    this.#provisional.set(ticker, money(Math.max(0, cost)));
  }

  /**
   * A result is final: from now on what was lost counts, and no more. An amended one (`was` is what the last final one had
   * made of it) counts where it lost more, and takes back no more than had counted today.
   */
  onSettled(ticker: string, { is, was }: { was: Money; is: Money }, nowMs: Ms): void {
    this.#rollDay(nowMs);
    this.#provisional.delete(ticker);
    const before = this.#settledToday.get(ticker) ?? 0;
    const after = Math.max(0, before + Math.max(0, 0 - is) - Math.max(0, 0 - was));
    this.#settledToday.set(ticker, after);
    this.#dayLoss += after - before;
  }

  isPending(ticker: string): boolean {
    for (const order of this.#pending.values()) if (order.ticker === ticker) return true;
    return false;
  }

  #checkExposure(intent: Intent, worstCost: Money): Denied | null {
    const { bankroll, maxOpenPositions, maxPositionPct } = this.#limits;
    const held = this.#portfolio.position(intent.ticker);
    const adds = held !== undefined && intent.mayAdd && held.qty > 0 === (intent.side === "yes");
    if (this.isPending(intent.ticker) || (held !== undefined && !adds)) {
      return deny("in_market", 1, 1);
    }
    const open = this.#openMarkets();
    if (!adds && open >= maxOpenPositions) {
      return deny("max_open_positions", open, maxOpenPositions);
    }
    const positionLimit = Math.floor(bankroll * maxPositionPct);
    const position = worstCost + (held?.cost ?? 0);
    if (position > positionLimit) return deny("max_position", position, money(positionLimit));
    const atRisk = this.#atRisk() + worstCost;
    if (atRisk > this.#dayLimit) return deny("daily_loss", atRisk, this.#dayLimit);
    return null;
  }

  /** What no limit of the run is about: the money that is there, and whatever else entries are held against. */
  #checkEntry(inputs: GateInputs): Denied | null {
    const left = this.#cash() - this.#pendingCost();
    if (inputs.worstCost > left) return deny("cash", inputs.worstCost, left);
    return this.#guard?.check(inputs, this.#exposure()) ?? null;
  }

  /** What is lost today already, and what open and provisionally settled positions and orders under way can still lose. */
  #atRisk(): number {
    let sum = this.#dayLoss + this.#portfolio.worstCase();
    for (const cost of this.#provisional.values()) sum += cost;
    return sum + this.#pendingCost();
  }

  #pendingCost(): number {
    let sum = 0;
    for (const order of this.#pending.values()) sum += order.worstCost;
    return sum;
  }

  #exposure(): Exposure {
    const held = [...this.#portfolio.positions()].map(({ cost, ticker }) => {
      return [ticker, Math.max(0, cost)] as const;
    });
    const pending = [...this.#pending.values()].map(
      ({ ticker, worstCost }) => [ticker, worstCost] as const,
    );
    return {
      openOrders: this.#pending.size,
      byTicker: [...held, ...this.#provisional, ...pending],
    };
  }

  get #dayLimit(): number {
    return Math.floor(this.#limits.bankroll * this.#limits.maxDailyLossPct);
  }

  #openMarkets(): number {
    let open = this.#portfolio.openCount;
    const counted = new Set<string>();
    for (const { ticker } of this.#pending.values()) {
      if (counted.has(ticker) || this.#portfolio.position(ticker) !== undefined) continue;
      counted.add(ticker);
      open++;
    }
    return open;
  }

  #rollDay(nowMs: Ms): void {
    const day = Math.floor(nowMs / DAY_MS);
    // A clock that steps back never reopens a day.
    if (day <= this.#day) return;
    this.#day = day;
    this.#dayLoss = 0;
    this.#settledToday.clear();
  }
}
