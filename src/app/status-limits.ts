import type { Config } from "../config/schema.ts";
import { eventOfTicker } from "../core/market.ts";
import { HARD_CAPS } from "../core/risk/entry-guard.ts";
import type { LossBook } from "../core/risk/loss-book.ts";
import type { ModelBook } from "../core/risk/model-book.ts";
import { type Money, type Ms, money } from "../core/units.ts";
import { shareOf } from "./bankroll-share.ts";
import { usd } from "./trading-report.ts";

// The limits in force and how much of each is used, for `kbt status`.

/** One limit; money is a decimal string in dollars. */
export interface LimitUse {
  readonly name: string;
  /** Null for a limit on a single order, or on a process, of which nothing is used up. */
  readonly used: string | number | null;
  readonly limit: string | number;
  readonly unit:
    | "usd"
    | "contracts"
    | "count"
    | "minutes"
    | "ms"
    | "mb"
    | "brier"
    | "dollars_per_contract";
  /** Configuration key; null for what is compiled in. */
  readonly key: string | null;
}

export interface UsedFacts {
  readonly config: Config;
  readonly nowMs: Ms;
  /** What each position has cost and each order under way can cost. */
  readonly atRisk: readonly { readonly ticker: string; readonly worst: number }[];
  readonly openPositions: number;
  readonly openOrders: number;
  readonly losses: LossBook;
  /** Null on paper, which knows nothing of `[live]`. */
  readonly live: LiveFacts | null;
}

interface LiveFacts {
  readonly entries: readonly { readonly ticker: string; readonly createdMs: Ms }[];
  /** Orders of any kind within the last minute. */
  readonly lastMinute: number;
  readonly model: ModelBook;
  /** Bytes; null where it cannot be looked at. */
  readonly machine: { readonly diskFree: number; readonly wal: number } | null;
}

const HOUR_MS = 3_600_000;
const MEGABYTE = 1e6;

export function limitUses(facts: UsedFacts): readonly LimitUse[] {
  const { live } = facts;
  const common = commonUses(facts);
  return live === null ? common : [...orderUses(facts.config), ...common, ...liveUses(facts, live)];
}

function commonUses({ atRisk, config, losses, nowMs, openPositions }: UsedFacts): LimitUse[] {
  const { risk } = config;
  const share = sharesOf(config);
  return [
    dollarUse(
      "one market",
      most(atRisk, (ticker) => ticker),
      share("risk.max_position_pct", risk.max_position_pct),
    ),
    countUse("markets", openPositions, ["risk.max_open_positions", risk.max_open_positions]),
    dollarUse(
      "lost since midnight UTC",
      losses.day(nowMs),
      share("risk.max_daily_loss_pct", risk.max_daily_loss_pct),
    ),
  ];
}

function orderUses({ live }: Config): LimitUse[] {
  const cost = money(Math.min(HARD_CAPS.cost, Math.floor(live.max_order_cost_usd * 1e6)));
  return [
    {
      ...single("one order", "contracts"),
      limit: live.max_order_contracts,
      key: "live.max_order_contracts",
    },
    { ...single("one order", "usd"), limit: usd(cost), key: "live.max_order_cost_usd" },
    {
      ...single("belief above the mid", "dollars_per_contract"),
      limit: live.model_gap_max,
      key: "live.model_gap_max",
    },
    {
      ...single("same price again", "ms"),
      limit: live.duplicate_s * 1000,
      key: "live.duplicate_s",
    },
    {
      ...single("orders alike in a row", "count"),
      limit: live.repeats_max,
      key: "live.repeats_max",
    },
  ];
}

function liveUses(
  { atRisk, config, losses, nowMs, openOrders }: UsedFacts,
  facts: LiveFacts,
): LimitUse[] {
  const { live } = config;
  const { entries, lastMinute, machine, model } = facts;
  const share = sharesOf(config);
  const hour = entries.filter(({ createdMs }) => nowMs - createdMs < HOUR_MS);
  const total = atRisk.reduce((sum, { worst }) => sum + worst, 0);
  const { inARow } = losses.streak;
  return [
    dollarUse(
      "one event",
      most(atRisk, eventOfTicker),
      share("live.max_event_pct", live.max_event_pct),
    ),
    dollarUse("everything", total, share("live.max_total_pct", live.max_total_pct)),
    countUse("orders under way", openOrders, ["live.max_open_orders", live.max_open_orders]),
    countUse("entries, market, hour", busiest(hour), [
      "live.orders_per_market_hour",
      live.orders_per_market_hour,
    ]),
    countUse("entries, market, day", busiest(entries), [
      "live.orders_per_market_day",
      live.orders_per_market_day,
    ]),
    countUse("orders in a minute", lastMinute, ["live.orders_per_minute", live.orders_per_minute]),
    dollarUse(
      "lost in 24 hours",
      losses.rolling(nowMs),
      share("live.max_rolling_loss_pct", live.max_rolling_loss_pct),
    ),
    dollarUse(
      "below the highest point",
      losses.drawdown,
      share("live.max_drawdown_pct", live.max_drawdown_pct),
    ),
    countUse("losses in a row", inARow, ["live.loss_streak", live.loss_streak]),
    {
      name: "minutes to wait after them",
      used: losses.isCooling(nowMs) ? Math.ceil((losses.streak.coolUntilMs - nowMs) / 60_000) : 0,
      limit: live.loss_cooldown_minutes,
      unit: "minutes",
      key: "live.loss_cooldown_minutes",
    },
    {
      name: `Brier worse, ${model.score.results} of 50`,
      used: model.score.worse === null ? null : Math.round(model.score.worse * 1e4) / 1e4,
      limit: live.brier_worse_max,
      unit: "brier",
      key: "live.brier_worse_max",
    },
    ...machineUses(live, machine),
  ];
}

function inMb(bytes: number | undefined): number | null {
  return bytes === undefined ? null : Math.round(bytes / MEGABYTE);
}

function machineUses(live: Config["live"], machine: LiveFacts["machine"]): LimitUse[] {
  return [
    {
      name: "disk free, at least",
      used: inMb(machine?.diskFree),
      limit: live.disk_free_mb,
      unit: "mb",
      key: "live.disk_free_mb",
    },
    {
      name: "write-ahead log",
      used: inMb(machine?.wal),
      limit: live.wal_mb,
      unit: "mb",
      key: "live.wal_mb",
    },
    { ...single("memory of the process", "mb"), limit: live.memory_mb, key: "live.memory_mb" },
    { ...single("stall of the process", "ms"), limit: live.loop_lag_ms, key: "live.loop_lag_ms" },
  ];
}

function single<Unit extends LimitUse["unit"]>(name: string, unit: Unit) {
  return { name, used: null, unit } as const;
}

function sharesOf(config: Config) {
  return (key: string, share: number) => ({ key, limit: shareOf(config, share) });
}

function dollarUse(
  name: string,
  used: number,
  { key, limit }: { readonly key: string; readonly limit: Money },
): LimitUse {
  return { name, used: usd(money(Math.round(used))), limit: usd(limit), unit: "usd", key };
}

function countUse(
  name: string,
  used: number,
  [key, limit]: readonly [key: string, limit: number],
): LimitUse {
  return { name, used, limit, unit: "count", key };
}

/** Most of what is at risk in one place. */
function most(atRisk: UsedFacts["atRisk"], placeOf: (ticker: string) => string): number {
  const places = new Map<string, number>();
  for (const { ticker, worst } of atRisk) {
    const place = placeOf(ticker);
    places.set(place, (places.get(place) ?? 0) + worst);
  }
  return Math.max(0, ...places.values());
}

function busiest(entries: readonly { readonly ticker: string }[]): number {
  const counts = new Map<string, number>();
  for (const { ticker } of entries) counts.set(ticker, (counts.get(ticker) ?? 0) + 1);
  return Math.max(0, ...counts.values());
}
