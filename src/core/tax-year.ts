import { DAY_MS } from "./iso-time.ts";
import { type ClosedLot, type LotLeg, lotsOf, type OpenLot, totalsOf } from "./lots.ts";
import { type Money, type Ms, money } from "./units.ts";

/** From and up to, the end left out. */
export interface Period {
  readonly fromMs: Ms;
  readonly untilMs: Ms;
}

/** New York is five hours behind UTC on every New Year's Eve. */
const NEW_YORK_MS = 5 * 3_600_000;

/** A calendar year where the exchange is: its days, like the hours in its tickers, are those of New York. */
export function taxYear(year: number): Period {
  return { fromMs: startOf(year), untilMs: startOf(year + 1) };
}

function startOf(year: number): Ms {
  const past = year - 1;
  const leapDays = Math.floor(past / 4) - Math.floor(past / 100) + Math.floor(past / 400);
  // 477 leap days before 1970.
  return (365 * (year - 1970) + leapDays - 477) * DAY_MS + NEW_YORK_MS;
}

/** What closed in a period, and what was open at its end. */
export interface PeriodLots {
  readonly closed: readonly ClosedLot[];
  readonly open: readonly OpenLot[];
  readonly control: ControlTotals;
}

/**
 * Sums that anybody can form again from the exported rows and from the ledger. Profit is what the cash does not explain by
 * itself: gain = cash + pairs + what was open at the end − what was open at the start.
 */
export interface ControlTotals {
  readonly lots: number;
  readonly proceeds: Money;
  readonly paid: Money;
  readonly fees: Money;
  readonly gain: Money;
  /** What the legs of the period brought in less what they cost. */
  readonly cash: Money;
  readonly paired: Money;
  readonly openBefore: Money;
  readonly openAfter: Money;
}

/** Lots of one market on one account that closed in a period; its legs from the very first, oldest first. */
export function lotsIn(legs: readonly LotLeg[], { fromMs, untilMs }: Period): PeriodLots {
  const before = lotsOf(legs.filter(({ atMs }) => atMs < fromMs));
  const after = lotsOf(legs.filter(({ atMs }) => atMs < untilMs));
  const closed = after.closed.filter(({ closedMs }) => closedMs >= fromMs);
  const { fees, gain, paid, proceeds } = totalsOf({ closed, open: [] });
  const within = legs.filter(({ atMs }) => atMs >= fromMs && atMs < untilMs);
  return {
    closed,
    open: after.open,
    control: {
      lots: closed.length,
      proceeds,
      paid,
      fees,
      gain,
      cash: money(within.reduce((sum, { cost }) => sum - cost, 0)),
      paired: money(after.paired - before.paired),
      openBefore: totalsOf(before).open,
      openAfter: totalsOf(after).open,
    },
  };
}

export const NO_TOTALS: ControlTotals = {
  lots: 0,
  proceeds: money(0),
  paid: money(0),
  fees: money(0),
  gain: money(0),
  cash: money(0),
  paired: money(0),
  openBefore: money(0),
  openAfter: money(0),
};

export function sumOf(one: ControlTotals, other: ControlTotals): ControlTotals {
  return {
    lots: one.lots + other.lots,
    proceeds: money(one.proceeds + other.proceeds),
    paid: money(one.paid + other.paid),
    fees: money(one.fees + other.fees),
    gain: money(one.gain + other.gain),
    cash: money(one.cash + other.cash),
    paired: money(one.paired + other.paired),
    openBefore: money(one.openBefore + other.openBefore),
    openAfter: money(one.openAfter + other.openAfter),
  };
}

/** What the lots have more than the ledger; 0, or something is wrong. */
export function differenceOf(totals: ControlTotals): Money {
  const { cash, gain, openAfter, openBefore, paired } = totals;
  return money(gain - (cash + paired + openAfter - openBefore));
}
