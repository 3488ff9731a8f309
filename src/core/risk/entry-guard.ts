import { DAY_MS } from "../iso-time.ts";
import { eventOfTicker, ticksBetween } from "../market.ts";
import type { Intent } from "../orders.ts";
import {
  complement,
  type Money,
  type Ms,
  money,
  PRICE_ONE,
  type Price,
  price,
  type Qty,
  qty,
} from "../units.ts";
import { type Denied, deny, type GateInputs } from "./check.ts";
import type { LossBook } from "./loss-book.ts";

/** What one order may be at most, whatever is configured (reliability.md part 3). */
export const HARD_CAPS = { qty: qty(2_500), cost: money(20_000_000) } as const;

/** No order goes farther than this beyond the touch, nor beyond what its strategy believes it is worth. */
const COLLAR_TICKS = 10;
/** Prices this near to each other are the same wish. */
const SAME_TICKS = 1;
const HOUR_MS = 3_600_000;
const FLOAT_DUST = 1e-9;

/** What an entry is held against besides the limits of every account. */
export interface EntryRules {
  readonly maxQty: Qty;
  /** Fee included. */
  readonly maxCost: Money;
  /** Most that all positions and orders of one event, and of all together, may cost. */
  readonly maxEvent: Money;
  readonly maxTotal: Money;
  /** Losses of 24 hours, and of the way down from the highest point, together with all that is at risk. */
  readonly maxRolling: Money;
  readonly maxDrawdown: Money;
  readonly maxOpenOrders: number;
  /** Entries in one market. */
  readonly maxPerHour: number;
  readonly maxPerDay: number;
  /** The same wish again within this time is a mistake. */
  readonly duplicateMs: Ms;
  /** By how much the strategy may believe a side to be worth more than its mid, dollars: beyond, the model is wrong. */
  readonly maxModelGap: number;
}

/** An entry that was sent off, by this run or an earlier one. */
export type PastEntry = Pick<Intent, "ticker" | "side" | "price"> & { readonly createdMs: Ms };

/** What was used of the limits before, and what is lost since. */
export interface GuardPast {
  readonly entries: readonly PastEntry[];
  readonly losses: LossBook;
}

/** What is at risk already: positions, orders under way and what is settled provisionally, all at their worst. */
export interface Exposure {
  readonly openOrders: number;
  readonly byTicker: Iterable<readonly [ticker: string, worst: number]>;
}

/** The controls that count where an order costs money: how large, how dear, how often, how much of it in one place. */
export class EntryGuard {
  readonly #rules: EntryRules;
  readonly #losses: LossBook;
  #entries: PastEntry[];

  /** With the entries of the last day: a restart makes no room for more. */
  constructor(rules: EntryRules, { entries, losses }: GuardPast) {
    this.#rules = {
      ...rules,
      maxQty: qty(Math.min(rules.maxQty, HARD_CAPS.qty)),
      maxCost: money(Math.min(rules.maxCost, HARD_CAPS.cost)),
    };
    this.#entries = [...entries];
    this.#losses = losses;
  }

  /** Checks from cheap to dear; the first failure wins. */
  check(inputs: GateInputs, exposure: Exposure): Denied | null {
    const quoted = quotedOf(inputs);
    if ("denied" in quoted) return quoted;
    return (
      this.#checkSize(inputs) ??
      checkPrice(inputs, quoted) ??
      this.#checkModel(quoted) ??
      this.#checkExposure(inputs, exposure) ??
      this.#checkRate(inputs.intent.ticker, inputs.nowMs) ??
      this.#checkRepeated(inputs)
    );
  }

  /** Limits that stand against an entry in this market whatever it is. */
  standing(ticker: string, nowMs: Ms, openOrders: number): readonly string[] {
    const rate = this.#checkRate(ticker, nowMs)?.reason;
    const reasons = rate === undefined ? [] : [rate];
    if (openOrders >= this.#rules.maxOpenOrders) reasons.push("risk.max_open_orders");
    if (this.#losses.isCooling(nowMs)) reasons.push("risk.loss_cooldown");
    return reasons;
  }

  note(entry: PastEntry): void {
    const { createdMs, price: at, side, ticker } = entry;
    this.#entries = this.#entries.filter((past) => createdMs - past.createdMs < DAY_MS);
    this.#entries.push({ ticker, side, price: at, createdMs });
  }

  #checkSize({ intent, worstCost }: GateInputs): Denied | null {
    const { maxCost, maxQty } = this.#rules;
    if (intent.qty > maxQty) return deny("order_size", intent.qty, maxQty);
    return worstCost > maxCost ? deny("order_cost", worstCost, maxCost) : null;
  }

  /** A large edge is more often a bug than a gift. */
  #checkModel({ fair, mid }: Quoted): Denied | null {
    const gap = (fair - mid) / PRICE_ONE;
    const { maxModelGap } = this.#rules;
    return gap > maxModelGap + FLOAT_DUST ? deny("model_gap", gap, maxModelGap) : null;
  }

  #checkExposure({ intent, nowMs, worstCost }: GateInputs, exposure: Exposure): Denied | null {
    const { maxEvent, maxOpenOrders, maxTotal } = this.#rules;
    if (exposure.openOrders >= maxOpenOrders) {
      return deny("max_open_orders", exposure.openOrders, maxOpenOrders);
    }
    const eventTicker = eventOfTicker(intent.ticker);
    let event: number = worstCost;
    let total: number = worstCost;
    for (const [ticker, worst] of exposure.byTicker) {
      total += worst;
      if (eventOfTicker(ticker) === eventTicker) event += worst;
    }
    if (event > maxEvent) return deny("max_event", event, maxEvent);
    if (total > maxTotal) return deny("max_total", total, maxTotal);
    return this.#checkLosses(total, nowMs);
  }

  /** What would be lost if all that is at risk were. */
  #checkLosses(atRisk: number, nowMs: Ms): Denied | null {
    const { maxDrawdown, maxRolling } = this.#rules;
    if (this.#losses.isCooling(nowMs)) return deny("loss_cooldown", null, null);
    const rolling = this.#losses.rolling(nowMs) + atRisk;
    if (rolling > maxRolling) return deny("rolling_loss", rolling, maxRolling);
    const drawdown = this.#losses.drawdown + atRisk;
    return drawdown > maxDrawdown ? deny("drawdown", drawdown, maxDrawdown) : null;
  }

  #checkRate(wanted: string, nowMs: Ms): Denied | null {
    const { maxPerDay, maxPerHour } = this.#rules;
    let hour = 0;
    let day = 0;
    for (const { createdMs, ticker } of this.#entries) {
      if (ticker !== wanted || nowMs - createdMs >= DAY_MS) continue;
      day++;
      if (nowMs - createdMs < HOUR_MS) hour++;
    }
    if (hour >= maxPerHour) return deny("market_hour", hour, maxPerHour);
    return day >= maxPerDay ? deny("market_day", day, maxPerDay) : null;
  }

  #checkRepeated({ intent, market, nowMs }: GateInputs): Denied | null {
    const { side, ticker } = intent;
    const { ranges } = market;
    const { duplicateMs } = this.#rules;
    const same = this.#entries.find((entry) => {
      if (entry.ticker !== ticker || entry.side !== side) return false;
      if (nowMs - entry.createdMs >= duplicateMs) return false;
      const apart =
        ticksBetween(ranges, entry.price, intent.price) +
        ticksBetween(ranges, intent.price, entry.price);
      return apart <= SAME_TICKS;
    });
    return same === undefined ? null : deny("duplicate", nowMs - same.createdMs, duplicateMs);
  }
}

/** Prices of the side that is bought, 1/100 cent. */
interface Quoted {
  readonly bid: Price;
  readonly ask: Price;
  readonly mid: number;
  /** What its strategy believes that it is worth. */
  readonly fair: number;
}

/** Without both sides of the book and a belief of one's own there is nothing to hold a price against. */
function quotedOf({ intent, quote }: GateInputs): Quoted | Denied {
  const { p, yesAsk, yesBid } = quote;
  if (yesAsk === null || yesBid === null) return deny("one_sided", null, null);
  if (p === null) return deny("no_fair_value", null, null);
  const isYes = intent.side === "yes";
  const bid = isYes ? yesBid : complement(yesAsk);
  const ask = isYes ? yesAsk : complement(yesBid);
  return { bid, ask, mid: (bid + ask) / 2, fair: (isYes ? p : 1 - p) * PRICE_ONE };
}

/** Neither far from the touch nor far above what it is believed to be worth. */
function checkPrice({ intent, market }: GateInputs, { ask, bid, fair }: Quoted): Denied | null {
  const { ranges } = market;
  const beyond = ticksBetween(ranges, ask, intent.price) + ticksBetween(ranges, intent.price, bid);
  if (beyond > COLLAR_TICKS) return deny("price_collar", beyond, COLLAR_TICKS);
  const overFair = ticksBetween(ranges, price(Math.floor(fair)), intent.price);
  return overFair > COLLAR_TICKS ? deny("price_over_fair", overFair, COLLAR_TICKS) : null;
}
