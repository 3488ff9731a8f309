import { openReader, type Reader } from "../../adapters/sqlite/open.ts";
import { clearedLatches, liveBeliefs } from "../../adapters/sqlite/queries/live-past.ts";
import { listOrders } from "../../adapters/sqlite/queries/orders.ts";
import { accountLegs, newestLeg } from "../../adapters/sqlite/queries/run-news.ts";
import type { Config } from "../../config/schema.ts";
import { DAY_MS } from "../../core/iso-time.ts";
import { UNDER_WAY } from "../../core/records.ts";
import { EntryGuard, type EntryRules, type PastEntry } from "../../core/risk/entry-guard.ts";
import {
  type Cleared,
  LossBook,
  type LossRules,
  type ResultLeg,
} from "../../core/risk/loss-book.ts";
import { ModelBook } from "../../core/risk/model-book.ts";
import { RepeatBook } from "../../core/risk/repeat-book.ts";
import { type Ms, money, qty } from "../../core/units.ts";
import { shareOf } from "../bankroll-share.ts";
import type { BreakerBooks } from "../live/breaker-desk.ts";
import { DRILL, ERRANDS } from "../live/errands.ts";
import type { Environment } from "./environment.ts";

// The limits of `kbt live` as integers, and what earlier runs have used of them.

const ROWS_MAX = 10_000;

function entryRules(config: Config): EntryRules {
  const { live } = config;
  return {
    maxQty: qty(live.max_order_contracts * 100),
    maxCost: money(Math.floor(live.max_order_cost_usd * 1e6)),
    maxEvent: shareOf(config, live.max_event_pct),
    maxTotal: shareOf(config, live.max_total_pct),
    maxRolling: shareOf(config, live.max_rolling_loss_pct),
    maxDrawdown: shareOf(config, live.max_drawdown_pct),
    maxOpenOrders: live.max_open_orders,
    maxPerHour: live.orders_per_market_hour,
    maxPerDay: live.orders_per_market_day,
    duplicateMs: Math.round(live.duplicate_s * 1000),
    maxModelGap: live.model_gap_max,
  };
}

function lossRules(config: Config): LossRules {
  const { live, risk } = config;
  return {
    maxDay: shareOf(config, risk.max_daily_loss_pct),
    maxRolling: shareOf(config, live.max_rolling_loss_pct),
    maxDrawdown: shareOf(config, live.max_drawdown_pct),
    streak: live.loss_streak,
    cooldownMs: Math.round(live.loss_cooldown_minutes * 60_000),
  };
}

/** What earlier runs have used of the limits that a decision may depend on. Plain JSON. */
export interface LimitsUsed {
  /** How far the ledger of live was read, which only grows; null where nothing was. */
  readonly legs: { readonly nowMs: Ms; readonly upTo: number } | null;
  /** When each kind of latch was cleared last. */
  readonly cleared: readonly (readonly [kind: string, atMs: Ms])[];
  /** Entries of the last day, oldest first. */
  readonly entries: readonly PastEntry[];
}

/** What earlier runs on the real account have used of the limits; an exchange inside the process is a new one in each run. */
export interface LivePast extends BreakerBooks {
  readonly used: LimitsUsed;
}

const REAL_ACCOUNT = { mode: "live", runId: null } as const;

export function livePast(config: Config, env: Pick<Environment, "sim" | "clock">): LivePast {
  if (env.sim !== null) return booksOf(config, new Map());
  const reader = openReader(config.storage.db_path, { segments: false });
  try {
    const upTo = { nowMs: env.clock.nowMs(), upTo: newestLeg(reader) };
    const legs = accountLegs(reader, REAL_ACCOUNT, upTo);
    const past = readPast(reader, config, { runId: null, nowMs: upTo.nowMs, legs });
    return { ...past, used: { ...past.used, legs: upTo } };
  } finally {
    reader.close();
  }
}

interface PastQuestion {
  readonly runId: number | null;
  readonly nowMs: Ms;
  /** Of the ledger of live, until now. */
  readonly legs: readonly ResultLeg[];
}

/** The same from an open file. Of an exchange inside a process only one run is looked at. */
export function readPast(
  reader: Reader,
  config: Config,
  { legs, nowMs, runId }: PastQuestion,
): LivePast {
  const cleared = clearedLatches(reader, "live");
  const past = booksOf(config, cleared);
  for (const leg of legs) past.losses.take(leg);
  const sinceMs = cleared.get("model_worse") ?? 0;
  for (const { result, strategy, ...belief } of liveBeliefs(reader, { runId, sinceMs }, nowMs)) {
    if (ERRANDS.has(strategy)) continue;
    past.model.bought(belief);
    if (result === "yes" || result === "no") past.model.settled(belief.ticker, result);
  }
  const filter = { mode: "live", runId: runId ?? undefined, since: nowMs - DAY_MS } as const;
  const entries = listOrders(reader, { ...filter, until: nowMs, limit: ROWS_MAX })
    .filter(({ action, strategy }) => action === "buy" && strategy !== DRILL)
    .toReversed();
  const repeatedMs = cleared.get("repeated") ?? 0;
  for (const order of entries) {
    if (order.createdMs <= repeatedMs) continue;
    past.repeats.sent(order);
    if (!UNDER_WAY.has(order.state)) past.repeats.ended({ ...order, atMs: order.updatedMs });
  }
  const used = { legs: null, cleared: [...cleared], entries: entries.map(entryOf) };
  return { ...past, used };
}

function entryOf({ createdMs, price, side, ticker }: PastEntry): PastEntry {
  return { ticker, side, price, createdMs };
}

/** The same at the start of a run that is replayed, as far as decisions depend on it. */
export function pastOfStart(reader: Reader, config: Config, used: LimitsUsed): LivePast {
  const past = booksOf(config, new Map(used.cleared));
  const legs = used.legs === null ? [] : accountLegs(reader, REAL_ACCOUNT, used.legs);
  for (const leg of legs) past.losses.take(leg);
  return { ...past, used };
}

/** What an account has lost, of which nothing else is known. */
export function lossBookOf(config: Config, legs: readonly ResultLeg[]): LossBook {
  const book = new LossBook(lossRules(config));
  for (const leg of legs) book.take(leg);
  return book;
}

function booksOf(config: Config, cleared: Cleared): LivePast {
  const { live } = config;
  return {
    losses: new LossBook(lossRules(config), cleared),
    model: new ModelBook(live.brier_worse_max),
    repeats: new RepeatBook(live.repeats_max),
    used: { legs: null, cleared: [...cleared], entries: [] },
  };
}

export function entryGuard(config: Config, { losses, used }: LivePast): EntryGuard {
  return new EntryGuard(entryRules(config), { entries: used.entries, losses });
}
