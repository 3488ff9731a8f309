import { KbtError } from "../../core/errors.ts";
import type { FeeReading } from "../../core/fee-book.ts";
import { bpsOf, type FeeTerms } from "../../core/fees.ts";
import type { Get } from "./get.ts";
import { type Page, readPages } from "./pages.ts";
import { check, payloadChanged, time, top } from "./rest-body.ts";
import { schemas } from "./rest-schema.ts";

/** What a series or an event is charged, now and by date (kalshi.md §2.2, §2.3, §2.11). */
export interface FeeReads {
  seriesFees(ticker: string, signal: AbortSignal): Promise<FeeReading>;
  /** Nulls where the event leaves it to its series. */
  eventFees(ticker: string, signal: AbortSignal): Promise<FeeReading>;
}

/** Changes of one event are a few; more pages than this are a list that runs in a circle. */
const MAX_PAGES = 5;
const LIMIT = 100;

export function feeReads(get: Get): FeeReads {
  return {
    async seriesFees(ticker, signal) {
      const path = `/series/${encodeURIComponent(ticker)}`;
      const list = "/series/fee_changes";
      const query = { series_ticker: ticker, show_historical: "true" };
      const answers = await Promise.all([
        get(path, {}, signal),
        get(list, query, signal).catch(withoutList),
      ]);
      const { series } = check(schemas.series, answers[0], top(path));
      const body = check(schemas.seriesFeeChanges, answers[1], top(list));
      return {
        now: { feeType: series.fee_type, multiplierBps: bpsOf(series.fee_multiplier) },
        changes: body.series_fee_change_arr
          // An exchange that does not know the filter answers with everything.
          .filter((change) => change.series_ticker === ticker)
          .map(({ fee_multiplier: multiplier, fee_type: feeType, scheduled_ts: at }, index) => ({
            fromMs: time(at, {
              ...top(list),
              path: `series_fee_change_arr[${index}]`,
              field: "scheduled_ts",
            }),
            feeType,
            multiplierBps: bpsOf(multiplier),
          })),
      };
    },
    async eventFees(ticker, signal) {
      const path = `/events/${encodeURIComponent(ticker)}`;
      const list = "/events/fee_changes";
      const read = async (cursor: string): Promise<Page<EventChange>> => {
        const query = { event_ticker: ticker, limit: LIMIT, cursor };
        const page = check(schemas.eventFeeChanges, await get(list, query, signal), top(list));
        return { items: page.event_fee_changes, cursor: page.cursor ?? "" };
      };
      const [answer, { complete, items }] = await Promise.all([
        get(path, {}, signal),
        readPages(read, ({ id }) => id, { maxPages: MAX_PAGES }),
      ]);
      const { event } = check(schemas.eventEnvelope, answer, top(path));
      if (!complete) throw payloadChanged(top(list), "cursor", "does not end");
      return {
        now: overrideOf(event),
        changes: items
          .filter((change) => change.event_ticker === ticker)
          .map((change, index) => mapOverride(change, index, list)),
      };
    },
  };
}

/** A refusal of the list says nothing of the series, which the caller would otherwise take for an unknown one. */
function withoutList(error: unknown): never {
  if (!(error instanceof KbtError) || error.kind !== "venue") throw error;
  throw new KbtError({
    kind: "protocol",
    code: error.code,
    message: error.message,
    hint: "what is charged may change at any time, so nothing is priced without this list; look for a newer version of kbt",
    ...(error.details === undefined ? {} : { details: error.details }),
    cause: error,
  });
}

type EventChange = (typeof schemas.eventFeeChanges)["_output"]["event_fee_changes"][number];

function mapOverride(change: EventChange, index: number, list: string): FeeTerms {
  const place = { ...top(list), path: `event_fee_changes[${index}]` };
  return {
    fromMs: time(change.scheduled_ts, { ...place, field: "scheduled_ts" }),
    ...overrideOf(change),
  };
}

/** Override fields of an event or of a change of one. */
export function overrideOf(body: {
  readonly fee_type_override?: string | null | undefined;
  readonly fee_multiplier_override?: number | null | undefined;
}): FeeReading["now"] {
  const { fee_multiplier_override: multiplier, fee_type_override: feeType } = body;
  const multiplierBps = multiplier === null || multiplier === undefined ? null : bpsOf(multiplier);
  return { feeType: feeType ?? null, multiplierBps };
}
