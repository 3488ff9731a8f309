import type { Step } from "../core/funnel.ts";
import { type Market, ticksBetween } from "../core/market.ts";
import type { Opportunity, OrderRecord } from "../core/records.ts";
import type { Money, Ms } from "../core/units.ts";
import { cents, contracts, countdown, usd } from "./preview-units.ts";
import { strikeText } from "./strike-text.ts";

// The gates that a planned order came through, with what was found there and what was asked, in the steps of `kbt why`.

/** What strategies that buy at the ask hold an entry against, as their `[strategy.<name>]` tables have it. */
export interface EntryLimits {
  readonly ev_min: number;
  readonly spread_max_ticks: number;
  readonly tau_max_minutes: number;
  readonly no_new_entries_last_seconds: number;
  readonly max_depth_share: number;
}

export interface OpenGate {
  readonly gate: Step;
  readonly open: true;
  /** What was found, for people; null where there is nothing to measure. */
  readonly value: string | null;
  readonly limit: string | null;
}

interface Trade {
  readonly order: OrderRecord;
  readonly row: Opportunity;
  readonly market: Market;
  readonly worstCost: Money | null;
  readonly limits: EntryLimits | null;
  readonly maxPosition: Money;
  readonly staleMs: Ms;
}

export function openGates(trade: Trade): OpenGate[] {
  const { limits, market, maxPosition, order, row, staleMs, worstCost } = trade;
  const { yesAsk, yesBid } = row;
  const spread = yesBid === null || yesAsk === null ? null : ([yesBid, yesAsk] as const);
  const depth = order.side === "yes" ? row.yesAskQty : row.yesBidQty;
  return [
    open("data", oldestText(row), `max ${staleMs / 1000} s`),
    open("strike", strikeText(market)),
    open("time", countdown(row.tauS), limits === null ? null : windowText(limits)),
    open(
      "spread",
      spread === null ? null : `${ticksBetween(market.ranges, ...spread)}t`,
      limits === null ? null : `max ${limits.spread_max_ticks}t`,
    ),
    open(
      "ev",
      row.ev === null ? null : cents(row.ev),
      limits === null ? null : `min ${cents(limits.ev_min)}, a gain at sigma +-15% too`,
    ),
    open(
      "depth",
      depth === null ? null : contracts(depth),
      limits === null ? null : `max ${Math.round(limits.max_depth_share * 100)}% of it`,
    ),
    open("size", contracts(order.qty)),
    open("strategy", null),
    open("limits", worstCost === null ? null : usd(worstCost), `max ${usd(maxPosition)}`),
  ];
}

function open(gate: Step, value: string | null, limit: string | null = null): OpenGate {
  return { gate, open: true, value, limit };
}

/** How old the older of spot and book is. */
function oldestText({ bookAgeMs, spotAgeMs }: Opportunity): string | null {
  if (bookAgeMs === null || spotAgeMs === null) return null;
  return `${(Math.max(bookAgeMs, spotAgeMs) / 1000).toFixed(1)} s`;
}

function windowText(limits: EntryLimits): string {
  const { no_new_entries_last_seconds: lastS, tau_max_minutes: firstMinutes } = limits;
  return `${countdown(lastS)}-${countdown(firstMinutes * 60)}`;
}
