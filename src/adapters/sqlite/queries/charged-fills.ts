import { FeeBook, type FeeRounding } from "../../../core/fee-book.ts";
import type { FeeSchedule, FeeTerms } from "../../../core/fees.ts";
import { seriesOfTicker } from "../../../core/market.ts";
import { parseRfc3339 } from "../../platform/rfc3339.ts";
import type { Reader } from "../open.ts";
import type { LedgerFilter } from "./ledger.ts";
import { type FillRow, listFills } from "./orders.ts";
import { reading } from "./read.ts";

/** A fill, and the fees of its market at that time; undefined where they are not on file. */
export interface ChargedFill {
  readonly fill: FillRow;
  readonly schedule: FeeSchedule | undefined;
}

/** Fills oldest first, each with the fees that were in force. */
export function chargedFills(
  reader: Reader,
  filter: LedgerFilter,
  rounding: FeeRounding,
): ChargedFill[] {
  const fills = listFills(reader, filter).toReversed();
  const book = feesOnFile(reader, rounding);
  const subjects = new Map<string, Parameters<FeeBook["schedule"]>[0]>();
  const find = reader.db.prepare<[string], Subject>(
    `SELECT event_ticker AS eventTicker, series_ticker AS seriesTicker,
       raw_json ->> '$.fee_waiver_expiration_time' AS waiver FROM kalshi_markets WHERE ticker = ?`,
  );
  return reading(reader, () =>
    fills.map((fill) => {
      const subject = subjects.get(fill.ticker) ?? subjectOf(fill.ticker, find.get(fill.ticker));
      subjects.set(fill.ticker, subject);
      return { fill, schedule: book.schedule(subject, fill.atMs) };
    }),
  );
}

interface Subject {
  readonly eventTicker: string;
  readonly seriesTicker: string;
  readonly waiver: string | null;
}

function subjectOf(ticker: string, known: Subject | undefined) {
  const seriesTicker = known?.seriesTicker ?? seriesOfTicker(ticker);
  const eventTicker = known?.eventTicker ?? ticker.slice(0, ticker.lastIndexOf("-"));
  return {
    ticker,
    seriesTicker,
    eventTicker,
    feeWaiverMs: parseRfc3339(known?.waiver ?? "") ?? null,
  };
}

/** The newest word on each series and event, which holds all of its dates. */
function feesOnFile(reader: Reader, rounding: FeeRounding): FeeBook {
  const book = new FeeBook(rounding);
  const rows = reading(reader, () =>
    reader.db
      .prepare<[], { scope: "series" | "event"; ticker: string; terms: string }>(
        "SELECT scope, ticker, terms_json AS terms FROM fee_reports ORDER BY ev",
      )
      .all(),
  );
  for (const { scope, terms, ticker } of rows) {
    const parsed: FeeTerms[] = JSON.parse(terms);
    book.take({ type: "fees", scope, ticker, terms: parsed, recvMs: 0 });
  }
  return book;
}
