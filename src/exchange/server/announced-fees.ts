// Fees that change at a time announced before (kalshi.md §2.11): of a series for good, of one event as an override, of
// one market as a waiver that ends.

import type { FeeTerms } from "../trading/types.ts";
import type { WorldMarket, WorldSeries } from "../world.ts";

export interface SeriesFeeChange {
  readonly seriesTicker: string;
  readonly feeType: string;
  readonly feeMultiplier: number;
  readonly scheduledMs: number;
}

/** Nulls clear an override that was set before. */
export interface EventFeeChange {
  readonly eventTicker: string;
  readonly seriesTicker: string;
  readonly feeType: string | null;
  readonly feeMultiplier: number | null;
  readonly scheduledMs: number;
}

export type Announced<T> = T & { readonly id: string };

/** Announced fee changes, oldest first, and the fees they lead to. */
export class AnnouncedFees {
  readonly #series: Announced<SeriesFeeChange>[] = [];
  readonly #events: Announced<EventFeeChange>[] = [];
  readonly #waivers = new Map<string, number>();
  /** Overrides whose time has not come yet, or of which nobody has been told yet. */
  #untold: EventFeeChange[] = [];

  changeSeries(change: SeriesFeeChange): void {
    this.#series.push({ ...change, id: idText(this.#series.length) });
    this.#series.sort((a, b) => a.scheduledMs - b.scheduledMs);
  }

  overrideEvent(change: EventFeeChange): void {
    this.#events.push({ ...change, id: idText(this.#events.length) });
    this.#events.sort((a, b) => a.scheduledMs - b.scheduledMs);
    this.#untold.push(change);
  }

  /** Fills in this market are free until then; a time that is over ends a waiver. */
  waive(ticker: string, untilMs: number): void {
    this.#waivers.set(ticker, untilMs);
  }

  /** When the waiver of a market ends or ended; null when it never had one. */
  waivedUntilMs(ticker: string): number | null {
    return this.#waivers.get(ticker) ?? null;
  }

  /** When the next override comes into force. */
  nextMs(): number {
    return Math.min(Number.POSITIVE_INFINITY, ...this.#untold.map((each) => each.scheduledMs));
  }

  /** Overrides that have come into force since it was last asked, in their order. */
  takeInForce(nowMs: number): readonly EventFeeChange[] {
    const due = this.#untold.filter((each) => each.scheduledMs <= nowMs);
    this.#untold = this.#untold.filter((each) => each.scheduledMs > nowMs);
    return due.toSorted((a, b) => a.scheduledMs - b.scheduledMs);
  }

  seriesChanges(): readonly Announced<SeriesFeeChange>[] {
    return this.#series;
  }

  eventChanges(): readonly Announced<EventFeeChange>[] {
    return this.#events;
  }

  /** What the series charges now, and since when if that changed. */
  seriesFee(series: WorldSeries, nowMs: number): FeeTerms & { readonly sinceMs: number | null } {
    const change = this.#series.findLast(
      ({ seriesTicker, scheduledMs }) => seriesTicker === series.ticker && scheduledMs <= nowMs,
    );
    const { feeType, feeMultiplier } = change ?? series;
    return { feeType, feeMultiplier, sinceMs: change?.scheduledMs ?? null };
  }

  /** What a fill in this market costs now: nothing in a waiver, the override of its event, else the fee of its series. */
  feeOf(market: WorldMarket, series: WorldSeries, nowMs: number): FeeTerms {
    if (nowMs < (this.#waivers.get(market.ticker) ?? nowMs)) return FREE;
    const own = this.eventOverride(market.eventTicker, nowMs);
    const usual = this.seriesFee(series, nowMs);
    return {
      feeType: own.feeType ?? usual.feeType,
      feeMultiplier: own.feeMultiplier ?? usual.feeMultiplier,
    };
  }

  /** The event's own fee, which beats that of its series; nulls when there is none. */
  eventOverride(
    eventTicker: string,
    nowMs: number,
  ): Pick<EventFeeChange, "feeType" | "feeMultiplier"> {
    const change = this.#events.findLast(
      (each) => each.eventTicker === eventTicker && each.scheduledMs <= nowMs,
    );
    return { feeType: change?.feeType ?? null, feeMultiplier: change?.feeMultiplier ?? null };
  }
}

const FREE: FeeTerms = { feeType: "quadratic", feeMultiplier: 0 };

function idText(count: number): string {
  return `00000000-0000-4000-8000-${`${count + 1}`.padStart(12, "0")}`;
}
