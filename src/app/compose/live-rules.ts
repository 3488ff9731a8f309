import { openReader } from "../../adapters/sqlite/open.ts";
import { listOrders } from "../../adapters/sqlite/queries/orders.ts";
import type { Config } from "../../config/schema.ts";
import { EntryGuard, type EntryRules, type PastEntry } from "../../core/risk/entry-guard.ts";
import { type Money, type Ms, money, qty } from "../../core/units.ts";
import type { Environment } from "./environment.ts";

// The limits of `kbt live` as integers, and what earlier runs have used of them.

const DAY_MS = 86_400_000;
const ROWS_MAX = 10_000;

/** A share of the bankroll, rounded down. */
function shareOf({ risk }: Config, share: number): Money {
  return money(Math.floor(Math.round(risk.bankroll_usd * 1e6) * share));
}

function entryRules(config: Config): EntryRules {
  const { live } = config;
  return {
    maxQty: qty(live.max_order_contracts * 100),
    maxCost: money(Math.floor(live.max_order_cost_usd * 1e6)),
    maxEvent: shareOf(config, live.max_event_pct),
    maxTotal: shareOf(config, live.max_total_pct),
    maxOpenOrders: live.max_open_orders,
    maxPerHour: live.orders_per_market_hour,
    maxPerDay: live.orders_per_market_day,
    duplicateMs: Math.round(live.duplicate_s * 1000),
    maxModelGap: live.model_gap_max,
  };
}

/** The guard of a run that begins now. The account of an exchange inside the process is a new one in each run. */
export function entryGuard(config: Config, env: Environment): EntryGuard {
  const past = env.sim === null ? pastEntries(config.storage.db_path, env.clock.nowMs()) : [];
  return new EntryGuard(entryRules(config), past);
}

function pastEntries(path: string, nowMs: Ms): readonly PastEntry[] {
  const reader = openReader(path, { segments: false });
  try {
    const filter = { mode: "live", since: nowMs - DAY_MS, limit: ROWS_MAX } as const;
    return listOrders(reader, filter).filter(({ action }) => action === "buy");
  } finally {
    reader.close();
  }
}
