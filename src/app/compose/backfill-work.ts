import type { KalshiHistory, Tier } from "../../adapters/kalshi/history.ts";
import { marketExtras, type Unreadable } from "../../adapters/kalshi/rest-body.ts";
import type { HistoryStore } from "../../adapters/sqlite/history-store.ts";
import type { SqliteRecorder } from "../../adapters/sqlite/recorder.ts";
import { KbtError } from "../../core/errors.ts";
import type { Candle, MarketEvent } from "../../core/events.ts";
import type { Market } from "../../core/market.ts";
import { settlementOf } from "../../core/settlement.ts";
import type { Ms } from "../../core/units.ts";
import type { Clock } from "../../ports.ts";
import type { BackfillStep } from "../backfill-report.ts";

/** What every step of a backfill works with. */
export interface BackfillParts {
  readonly history: KalshiHistory;
  readonly store: HistoryStore;
  readonly recorder: SqliteRecorder;
  readonly clock: Clock;
  /** The user's own time, for waiting on a locked database. */
  readonly real: Pick<Clock, "sleep">;
  spotCandles(
    of: { readonly product: string; readonly startS: number; readonly endS: number },
    signal: AbortSignal,
  ): Promise<readonly Candle[]>;
  /** Called whenever a step got on. */
  progress(step: BackfillStep): void;
  readonly log: BackfillLog;
}

/** A settled market whose past is wanted. */
export interface Target {
  readonly ticker: string;
  readonly seriesTicker: string;
  readonly openMs: Ms;
  readonly closeMs: Ms;
  readonly tier: Tier;
  /** Nothing was ever traded, so there is nothing to ask for. */
  readonly isUntraded: boolean;
}

/** What was left out, and how much was added that no run's events are. */
export class BackfillLog {
  readonly problems: string[] = [];
  problemCount = 0;
  marketCandles = 0;

  problem(text: string): void {
    this.problemCount++;
    if (this.problems.length < PROBLEMS_MAX) this.problems.push(text);
  }
}

const PROBLEMS_MAX = 10;
const WAITS_MS = [1000, 2000, 4000, 8000];
/** Refusals for want of budget in a row, after pauses that grow to 8 s: some four minutes. */
const REFUSALS_MAX = 30;
const FIRST_WAIT_MS = 4;
const LOCKED_WAIT_MS = 250;

/** Runs a read until it is answered, or the network has failed for a quarter of a minute. */
export async function patiently<T>(
  read: () => Promise<T>,
  clock: Clock,
  signal: AbortSignal,
): Promise<T> {
  const waitsMs = [...WAITS_MS];
  for (let refusals = 0; ; ) {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof KbtError) || error.kind !== "network") throw error;
      // The limiter waits before the next one.
      if (error.code === "RATE_LIMITED" && refusals++ < REFUSALS_MAX) continue;
      const waitMs = waitsMs.shift();
      if (waitMs === undefined) throw error;
      await clock.sleep(waitMs, signal);
    }
  }
}

/** Commits everything that was recorded, so that its part may be called done. */
export async function commitAll(
  { real, recorder }: Pick<BackfillParts, "real" | "recorder">,
  signal: AbortSignal,
): Promise<void> {
  recorder.flush();
  // A thread of its own commits within milliseconds, and there are thousands of parts. Whoever waits longer waits for
  // somebody else who holds the database; the recorder itself gives up after some seconds of it.
  for (let waitMs = FIRST_WAIT_MS; recorder.pendingRows > 0; waitMs *= 2) {
    await real.sleep(Math.min(LOCKED_WAIT_MS, waitMs), signal);
    recorder.flush();
  }
}

/** Works on one part; what the exchange does not give, or gives in another shape, is left for another time. */
export async function orProblem(
  parts: BackfillParts,
  what: string,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    const isOfPart = error instanceof KbtError && ["venue", "protocol"].includes(error.kind);
    if (!isOfPart) throw error;
    parts.log.problem(`${what}: ${error.message}`);
  }
}

/** A settled market and its result as events, and as a target for the other steps. */
export function eventsOf(market: Market, recvMs: Ms): MarketEvent[] {
  const { settledMs, yesPayout } = marketExtras(market);
  const settlement = settlementOf(market, { source: "kalshi", recvMs, settledMs, yesPayout });
  const info: MarketEvent = { type: "market", market, recvMs };
  return settlement === null ? [info] : [info, settlement];
}

export function targetOf(market: Market, tier: Tier): Target {
  const { closeMs, openMs, seriesTicker, ticker } = market;
  const isUntraded = marketExtras(market).volume === 0;
  return { ticker, seriesTicker, openMs, closeMs, tier, isUntraded };
}

/** Keeps what could not be read of a list, and says so. */
export function noteUnreadable(
  { clock, log, recorder }: BackfillParts,
  list: readonly Unreadable[],
): void {
  for (const { error, raw, what } of list) {
    const { path } = error.details ?? {};
    log.problem(error.message);
    // The report counts all of them; a few are enough to see what changed.
    if (log.problemCount > PROBLEMS_MAX) continue;
    recorder.event({
      type: "drift",
      source: "kalshi",
      messageType: `rest_${what}`,
      path: `$.${typeof path === "string" ? path : ""}`,
      raw: raw.slice(0, 4096),
      halts: false,
      recvMs: clock.nowMs(),
    });
  }
}
