import type { Ms, Price } from "../../../core/units.ts";
import type { TradingMode } from "../audit-rows.ts";
import { EV_PER_RUN } from "../numbering.ts";
import type { Reader } from "../open.ts";
import { evaluationsAfter } from "./evaluation-times.ts";
import { reading } from "./read.ts";

/** The touch of a market as it was last seen. */
export interface Mark {
  readonly yesBid: Price | null;
  readonly yesAsk: Price | null;
  readonly atMs: Ms;
}

/** What is held is looked at every second; further back than this nobody looks at it any more. */
const LOOKS_BACK = 50_000;

/** Finds the newest touch of a market up to a time, by the evaluations of a mode and by what `collect` has stored beside. */
export function marks(
  reader: Reader,
  untilMs: Ms,
): (mode: TradingMode, ticker: string) => Mark | null {
  const evaluated = reader.db.prepare<[number, number, string], Mark>(
    `SELECT e.yes_bid_cc AS yesBid, e.yes_ask_cc AS yesAsk, r.started_ms + e.dt_ms AS atMs FROM evaluations e
     JOIN runs r ON r.run_id = e.opportunity_id / ${EV_PER_RUN}
     WHERE e.opportunity_id >= ? AND e.opportunity_id < ?
       AND e.market_id = (SELECT market_id FROM market_ids WHERE ticker = ?)
     ORDER BY e.opportunity_id DESC LIMIT 1`,
  );
  const stretchesOf = newestStretches(reader, untilMs);
  const told = reader.db.prepare<[string, Ms], Mark>(
    `SELECT t.yes_bid_cc AS yesBid, t.yes_ask_cc AS yesAsk, r.started_ms + t.dt_ms AS atMs
     FROM (SELECT ev, stream_id, dt_ms, yes_bid_cc, yes_ask_cc FROM tickers ORDER BY ev DESC LIMIT ${LOOKS_BACK}) t
     JOIN runs r ON r.run_id = t.ev / ${EV_PER_RUN}
     JOIN streams s ON s.stream_id = t.stream_id JOIN market_ids m ON m.market_id = s.market_id
     WHERE m.ticker = ? AND r.started_ms + t.dt_ms <= ? LIMIT 1`,
  );
  return (mode, ticker) =>
    reading(reader, () => {
      const own = firstOf(stretchesOf(mode), ([from, to]) => evaluated.get(from, to, ticker));
      const heard = mode === "backtest" ? undefined : told.get(ticker, untilMs);
      if (own === undefined) return heard ?? null;
      return heard === undefined || heard.atMs < own.atMs ? own : heard;
    });
}

type Stretch = readonly [from: number, to: number];

/** Numbers of the evaluations of a mode that are looked at, newest run first; other modes do not push them out. */
function newestStretches(reader: Reader, untilMs: Ms): (mode: TradingMode) => readonly Stretch[] {
  const firstAfter = evaluationsAfter(reader);
  const runsOf = reader.db
    .prepare<[string, Ms], number>(
      "SELECT run_id FROM runs WHERE mode = ? AND started_ms <= ? ORDER BY run_id DESC",
    )
    .pluck();
  const known = new Map<TradingMode, readonly Stretch[]>();
  return (mode) => {
    const found = known.get(mode) ?? [
      ...stretchesIn(runsOf.all(mode, untilMs), firstAfter, untilMs),
    ];
    known.set(mode, found);
    return found;
  };
}

function* stretchesIn(
  runs: readonly number[],
  firstAfter: (runId: number, atMs: Ms) => number,
  untilMs: Ms,
): Generator<Stretch> {
  let left = LOOKS_BACK;
  for (const runId of runs) {
    const to = firstAfter(runId, untilMs);
    const from = Math.max(runId * EV_PER_RUN, to - left);
    if (to > from) yield [from, to];
    left -= to - from;
    if (left <= 0) return;
  }
}

function firstOf<From, To>(
  items: readonly From[],
  find: (item: From) => To | undefined,
): To | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}
