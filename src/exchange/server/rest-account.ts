import type { RateLimits, Tier } from "./buckets.ts";
import { DEFAULT_COST } from "./gate.ts";
import { countText } from "./number-text.ts";
import { failed, ok } from "./query.ts";
import type { Call, Reply, Route } from "./route.ts";

/** The account's budget, and what every endpoint takes from it: the same numbers that the gate charges by. */
export function accountRoutes(
  limits: RateLimits,
  allRoutes: () => readonly Route[],
): readonly Route[] {
  return [
    {
      method: "GET",
      path: "/account/limits",
      access: "read",
      handle: () => getLimits(limits),
    },
    {
      method: "GET",
      path: "/account/endpoint_costs",
      access: "public",
      handle: () => ok(endpointCosts(allRoutes())),
    },
    {
      method: "POST",
      path: "/account/api_usage_level/upgrade",
      access: "trade",
      cost: 30,
      handle: (call) => upgrade(call, limits),
    },
    {
      method: "GET",
      path: "/account/api_usage_level/volume_progress",
      access: "read",
      handle: getVolumeProgress,
    },
  ];
}

/** Where the exchange's own list has another name for the path, or covers more with one row. */
const LISTED_AS: ReadonlyMap<string, string> = new Map([
  ["/cfbenchmarks/values", "/cfbenchmarks/*endpoint"],
]);

function endpointCosts(routes: readonly Route[]): Record<string, unknown> {
  return {
    default_cost: DEFAULT_COST,
    endpoint_costs: routes
      .flatMap(({ method, path, cost = DEFAULT_COST }) =>
        cost === DEFAULT_COST ? [] : [{ cost, method, path: listedPath(path) }],
      )
      .toSorted((a, b) => (a.path < b.path ? -1 : 1)),
  };
}

function listedPath(path: string): string {
  const listed = LISTED_AS.get(path) ?? path.replaceAll(/:order\b/g, ":order_id");
  return `/trade-api/v2${listed}`;
}

function getLimits(limits: RateLimits): Reply {
  const { read, write, tier, isPromoted } = limits;
  return ok({
    grants: isPromoted
      ? [{ exchange_instance: "event_contract", level: tier, source: "manual" }]
      : [],
    read: { bucket_capacity: read.capacity, refill_rate: read.refill },
    usage_tier: tier,
    write: { bucket_capacity: write.capacity, refill_rate: write.refill },
  });
}

/** Lifts a basic account to Advanced, once it has placed an order. */
function upgrade(call: Call, limits: RateLimits): Reply {
  if (call.desk.orders().length === 0) return failed(403, "forbidden");
  if (limits.tier === "basic") limits.promote("advanced", call.nowMs);
  return { status: 201, body: "" };
}

const HOUR_MS = 3_600_000;
const MONTH_MS = 30 * 24 * HOUR_MS;

/** Contracts of a month that earn a tier, and that keep it; the real numbers are each account's own. */
const GOALS: readonly (readonly [level: Tier, earnCq: number, keepCq: number])[] = [
  ["expert", 100_000_000, 50_000_000],
  ["premier", 500_000_000, 250_000_000],
  ["paragon", 1_000_000_000, 500_000_000],
  ["prime", 2_500_000_000, 1_250_000_000],
  ["prestige", 5_000_000_000, 2_500_000_000],
];

/** Computed on the hour, as by a job of its own. */
function getVolumeProgress(call: Call): Reply {
  const computedMs = Math.floor(call.nowMs / HOUR_MS) * HOUR_MS;
  const volumeCq = call.desk
    .fills()
    .filter(({ atMs }) => atMs <= computedMs && atMs > computedMs - MONTH_MS)
    .reduce((sum, { countCq }) => sum + countCq, 0);
  const goals = GOALS.map(([level, earnCq, keepCq]) => ({
    level,
    earn_volume_goal_fp: countText(earnCq),
    keep_volume_goal_fp: countText(keepCq),
  }));
  return ok({
    volume_progress: [
      { computed_ts: computedMs / 1000, trailing_30d_volume_fp: countText(volumeCq), goals },
    ],
  });
}
