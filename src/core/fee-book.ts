import type { FeeReport } from "./events.ts";
import { type FeeSchedule, type FeeTerms, feeScheduleOf, QUADRATIC_FEES } from "./fees.ts";
import type { Market } from "./market.ts";
import type { Ms } from "./units.ts";

// What a fill costs in a market at a time (kalshi.md §2.2, §2.3, §2.11, §5): the terms of the series, beaten by those of
// the event, beaten by a waiver of the market; each of them may change at a time that was announced before.

/** Quanta of the account, which the exchange's metadata do not tell. */
export type FeeRounding = Pick<FeeSchedule, "align" | "tradeQuantum">;

/** What of a market decides its fees. */
export type FeeSubject = Pick<Market, "ticker" | "eventTicker" | "seriesTicker" | "feeWaiverMs">;

/** The answer for one market, good from `fromMs` until `untilMs`. */
interface InForce {
  readonly subject: FeeSubject;
  readonly fromMs: Ms;
  readonly untilMs: Ms;
  readonly schedule: FeeSchedule | undefined;
}

/** Terms that hold at a time, and for how long; no terms before the first known ones. */
interface Stretch {
  readonly terms: FeeTerms | undefined;
  readonly fromMs: Ms;
  readonly untilMs: Ms;
}

/** Fees of every market that was reported, by time. Pure: the same reports give the same answers. */
export class FeeBook {
  readonly #rounding: FeeRounding;
  readonly #series = new Map<string, readonly FeeTerms[]>();
  readonly #events = new Map<string, readonly FeeTerms[]>();
  readonly #inForce = new Map<string, InForce>();

  constructor({ align, tradeQuantum }: FeeRounding) {
    // Named: a whole schedule fits the type as well, and its rates must not come along.
    this.#rounding = { align, tradeQuantum };
  }

  /** A report replaces what was known of its series or event. */
  take({ scope, terms, ticker }: FeeReport): void {
    (scope === "series" ? this.#series : this.#events).set(ticker, terms);
    this.#inForce.clear();
  }

  /**
   * What a fill at `atMs` is charged by; undefined when the terms of that time are not known or of a type without a known
   * rule (`flat`): a cost that is not known must not be guessed. One look-up until the next change.
   */
  schedule(subject: FeeSubject, atMs: Ms): FeeSchedule | undefined {
    const known = this.#inForce.get(subject.ticker);
    // A market that changed in any way is another object.
    const holds = known?.subject === subject && atMs >= known.fromMs && atMs < known.untilMs;
    if (holds) return known.schedule;
    const found = this.#find(subject, atMs);
    this.#inForce.set(subject.ticker, found);
    return found.schedule;
  }

  forget(ticker: string): void {
    this.#inForce.delete(ticker);
  }

  #find(subject: FeeSubject, atMs: Ms): InForce {
    const series = stretchAt(this.#series.get(subject.seriesTicker) ?? [], atMs);
    const event = stretchAt(this.#events.get(subject.eventTicker) ?? [], atMs);
    const fromMs = Math.max(series.fromMs, event.fromMs);
    const untilMs = Math.min(series.untilMs, event.untilMs);
    const waivedMs = subject.feeWaiverMs ?? Number.NEGATIVE_INFINITY;
    if (atMs < waivedMs) {
      const schedule = { ...FREE, ...this.#rounding };
      return { subject, fromMs, untilMs: Math.min(untilMs, waivedMs), schedule };
    }
    const schedule = this.#scheduleOf(series.terms, event.terms);
    return { subject, fromMs: Math.max(fromMs, waivedMs), untilMs, schedule };
  }

  #scheduleOf(series?: FeeTerms, event?: FeeTerms): FeeSchedule | undefined {
    const feeType = event?.feeType ?? series?.feeType;
    const multiplierBps = event?.multiplierBps ?? series?.multiplierBps;
    if (typeof feeType !== "string" || typeof multiplierBps !== "number") return undefined;
    return feeScheduleOf({ feeType, multiplierBps, ...this.#rounding });
  }
}

/** A waiver takes the trade fee away; what aligns the balance stays, which the exchange does not say. */
const FREE: FeeSchedule = { ...QUADRATIC_FEES, takerRateBps: 0, makerRateBps: 0 };

function stretchAt(terms: readonly FeeTerms[], atMs: Ms): Stretch {
  const next = terms.findIndex(({ fromMs }) => fromMs > atMs);
  const at = (next < 0 ? terms.length : next) - 1;
  return {
    terms: terms[at],
    fromMs: terms[at]?.fromMs ?? Number.NEGATIVE_INFINITY,
    untilMs: terms[at + 1]?.fromMs ?? Number.POSITIVE_INFINITY,
  };
}

/**
 * A change younger than this is believed before a reading that differs from it: lists and metadata of the exchange lag
 * behind each other, by a second or two as far as was ever seen.
 */
export const FEE_LAG_MS = 60_000;

/** What a series or an event says of itself when it is read. */
export interface FeeReading {
  readonly now: Omit<FeeTerms, "fromMs">;
  /** Dated changes of the past and the future, in any order. */
  readonly changes: readonly FeeTerms[];
}

/**
 * Terms by date, oldest first: the announced changes, those of the past that were known before, and what the exchange says
 * now where that is another thing than the newest change. Without any change of the past, what holds now always did.
 */
export function datedTerms(
  { changes, now }: FeeReading,
  known: readonly FeeTerms[],
  readMs: Ms,
): readonly FeeTerms[] {
  const past = known.filter((terms) => terms.fromMs <= readMs && !isListed(terms, changes));
  const dated = [...past, ...changes].toSorted((a, b) => a.fromMs - b.fromMs);
  const last = dated.findLastIndex(({ fromMs }) => fromMs <= readMs);
  const newest = dated[last];
  if (newest === undefined) return [{ fromMs: 0, ...now }, ...dated];
  const isTold = newest.feeType === now.feeType && newest.multiplierBps === now.multiplierBps;
  if (isTold || readMs - newest.fromMs < FEE_LAG_MS) return dated;
  return dated.toSpliced(last + 1, 0, { fromMs: readMs, ...now });
}

function isListed(terms: FeeTerms, changes: readonly FeeTerms[]): boolean {
  return changes.some(
    ({ feeType, fromMs, multiplierBps }) =>
      fromMs === terms.fromMs && feeType === terms.feeType && multiplierBps === terms.multiplierBps,
  );
}
