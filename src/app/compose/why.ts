import { createSystemClock } from "../../adapters/platform/system-clock.ts";
import { openReader, type Reader } from "../../adapters/sqlite/open.ts";
import { type EvaluationRow, listEvaluations } from "../../adapters/sqlite/queries/decision.ts";
import type { EvaluationFilter } from "../../adapters/sqlite/queries/evaluations.ts";
import { exitEnd } from "../../adapters/sqlite/queries/exits.ts";
import { newestEvaluationMs } from "../../adapters/sqlite/queries/funnel.ts";
import { marketOf } from "../../adapters/sqlite/queries/markets.ts";
import {
  type FillRow,
  listFills,
  listOrderEvents,
  listOrders,
} from "../../adapters/sqlite/queries/orders.ts";
import { listSettlements } from "../../adapters/sqlite/queries/settlements.ts";
import { KbtError } from "../../core/errors.ts";
import { DAY_MS } from "../../core/iso-time.ts";
import { tradeResult } from "../../core/performance/trade-result.ts";
import { isExit } from "../../core/records.ts";
import { yesPayoutOf } from "../../core/settlement.ts";
import type { Ms } from "../../core/units.ts";
import { BASELINES } from "../../strategies/baselines.ts";
import { namedStrategies } from "../../strategies/registry.ts";
import type { CommandContext, CommandResult, WhyOptions } from "../context.ts";
import { resolveTime } from "../time-bound.ts";
import { decisionData, renderDecision } from "../why-decision.ts";
import { renderFunnel } from "../why-funnel.ts";
import { readFunnel } from "./funnel.ts";

/** `kbt why`: what keeps evaluations from being trades; `kbt why ID`: one of them from its inputs to its outcome. */
export async function why(ctx: CommandContext, options: WhyOptions): Promise<CommandResult> {
  // Refuses names that no strategy has, before a table of noughts could pass for an answer.
  const strategies = namedStrategies(options.strategies);
  const { config } = await ctx.loadConfig();
  const reader = openReader(config.storage.db_path, { segments: false });
  try {
    return options.opportunityId === null
      ? await funnel(ctx, reader, { ...options, strategies })
      : await decision(ctx, reader, options.opportunityId);
  } finally {
    reader.close();
  }
}

async function funnel(
  ctx: CommandContext,
  reader: Reader,
  options: WhyOptions,
): Promise<CommandResult> {
  // Replays decide again what was decided: they are told where they are asked for, or where there is nothing else.
  const ownMs = newestEvaluationMs(reader, { replays: false });
  const replays = options.mode === "backtest" || ownMs === null;
  const newestMs = replays ? newestEvaluationMs(reader) : ownMs;
  if (newestMs === null) {
    const text = "no evaluations yet; kbt paper --sim makes some\n";
    return { exitCode: 0, data: null, text, warnings: [] };
  }
  const range = rangeOf(options, newestMs);
  const { mode, series, strategies } = options;
  // What never trades is held back by nothing.
  const without = strategies.length > 0 ? [] : BASELINES;
  const filter: EvaluationFilter = {
    ...range,
    mode: mode ?? undefined,
    replays,
    series,
    strategies,
    without,
  };
  const data = readFunnel(reader, filter, range);
  return { exitCode: 0, data, text: await renderFunnel(ctx, data), warnings: [] };
}

/** Without a time: the UTC day of the newest evaluation, which is today while anything runs. */
function rangeOf(
  { since, until }: WhyOptions,
  newestMs: Ms,
): { readonly since: Ms; readonly until: Ms | undefined } {
  const nowMs = createSystemClock().nowMs();
  return {
    since: resolveTime(since, nowMs) ?? Math.floor(newestMs / DAY_MS) * DAY_MS,
    until: resolveTime(until, nowMs),
  };
}

async function decision(
  ctx: CommandContext,
  reader: Reader,
  opportunityId: number,
): Promise<CommandResult> {
  const [row] = listEvaluations(reader, { opportunityId, limit: 1 });
  if (row === undefined) throw unknownDecision(opportunityId);
  // Newest first, and told from the first on.
  const orders = listOrders(reader, { opportunityId }).toReversed();
  const [settlement] = listSettlements(reader, { ticker: row.ticker, limit: 1 });
  const ids = new Set(orders.map(({ orderId }) => orderId));
  const fills = ids.size === 0 ? [] : fillsOfPosition(reader, row);
  const data = decisionData({
    row,
    market: marketOf(reader, row.ticker),
    orders: orders.map((order) => ({
      order,
      events: listOrderEvents(reader, order.orderId),
      fills: fills.filter(({ orderId }) => orderId === order.orderId),
    })),
    exitEnd: isExit(row) ? exitEnd(reader, row) : null,
    settlement: settlement ?? null,
    result: tradeResult(
      fills,
      ({ orderId }) => ids.has(orderId),
      settlement?.final === true ? yesPayoutOf(settlement) : null,
    ),
  });
  return { exitCode: 0, data, text: renderDecision(ctx, data), warnings: [] };
}

/** Oldest first. A live position belongs to the account, a simulated one to that of its run. */
function fillsOfPosition(reader: Reader, { mode, runId, ticker }: EvaluationRow): FillRow[] {
  const tradingMode = mode === "live" || mode === "backtest" ? mode : "paper";
  const run = mode === "live" ? {} : { sharedWith: runId };
  return listFills(reader, { mode: tradingMode, ticker, ...run }).toReversed();
}

function unknownDecision(id: number): KbtError {
  return new KbtError({
    kind: "usage",
    code: "UNKNOWN_DECISION",
    message: `there is no evaluation ${id}`,
    hint: "`kbt why` names the nearest one; the others are in opportunities.opportunity_id",
  });
}
