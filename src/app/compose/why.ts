import { createSystemClock } from "../../adapters/platform/system-clock.ts";
import { openReader, type Reader } from "../../adapters/sqlite/open.ts";
import { listEvaluations } from "../../adapters/sqlite/queries/decision.ts";
import type { EvaluationFilter } from "../../adapters/sqlite/queries/evaluations.ts";
import {
  newestEvaluationMs,
  orderGroups,
  verdictGroups,
} from "../../adapters/sqlite/queries/funnel.ts";
import { marketOf } from "../../adapters/sqlite/queries/markets.ts";
import { listFills, listOrderEvents, listOrders } from "../../adapters/sqlite/queries/orders.ts";
import { listSettlements } from "../../adapters/sqlite/queries/settlements.ts";
import { KbtError } from "../../core/errors.ts";
import { funnelOf, passed } from "../../core/funnel.ts";
import type { Ms } from "../../core/units.ts";
import { requireStrategies } from "../../strategies/registry.ts";
import type { CommandContext, CommandResult, WhyOptions } from "../context.ts";
import { resolveTime } from "../time-bound.ts";
import { decisionData, renderDecision } from "../why-decision.ts";
import { funnelData, renderFunnel } from "../why-funnel.ts";

const DAY_MS = 86_400_000;

/** `kbt why`: what keeps evaluations from being trades; `kbt why ID`: one of them from its inputs to its outcome. */
export async function why(ctx: CommandContext, options: WhyOptions): Promise<CommandResult> {
  // Refuses names that no strategy has, before a table of noughts could pass for an answer.
  requireStrategies(options.strategies);
  const { config } = await ctx.loadConfig();
  const reader = openReader(config.storage.db_path, { segments: false });
  try {
    return options.opportunityId === null
      ? await funnel(ctx, reader, options)
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
  const newestMs = newestEvaluationMs(reader);
  if (newestMs === null) {
    const text = "no evaluations yet; kbt paper --sim makes some\n";
    return { exitCode: 0, data: null, text, warnings: [] };
  }
  const range = rangeOf(options, newestMs);
  const filters = filtersOf(options, range);
  const groups = filters.flatMap((filter) => verdictGroups(reader, filter));
  const orders = filters.flatMap((filter) => orderGroups(reader, filter));
  const filled = orders.filter((group) => group.filled > 0);
  const data = funnelData({
    range,
    funnel: funnelOf(groups),
    sent: passed(orders),
    filled: passed(filled.map((group) => ({ ...group, count: group.filled }))),
  });
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

/** What was asked for, once each; one place for everything when nothing was. */
function each<T>(asked: readonly T[]): readonly (T | undefined)[] {
  return asked.length === 0 ? [undefined] : [...new Set(asked)];
}

/** One filter for each asked strategy and series; they do not overlap. */
function filtersOf(
  { mode, series, strategies }: WhyOptions,
  range: { readonly since: Ms; readonly until: Ms | undefined },
): EvaluationFilter[] {
  return each(strategies).flatMap((strategy) =>
    each(series).map((one) => ({ ...range, mode: mode ?? undefined, strategy, series: one })),
  );
}

async function decision(
  ctx: CommandContext,
  reader: Reader,
  opportunityId: number,
): Promise<CommandResult> {
  const [row] = listEvaluations(reader, { opportunityId, limit: 1 });
  if (row === undefined) throw unknownDecision(opportunityId);
  const [order] = listOrders(reader, { opportunityId, limit: 1 });
  const [settlement] = listSettlements(reader, { ticker: row.ticker, limit: 1 });
  const data = decisionData({
    row,
    market: marketOf(reader, row.ticker),
    order: order ?? null,
    orderEvents: order === undefined ? [] : listOrderEvents(reader, order.orderId),
    fills: order === undefined ? [] : listFills(reader, { orderId: order.orderId }),
    settlement: settlement ?? null,
  });
  return { exitCode: 0, data, text: renderDecision(ctx, data), warnings: [] };
}

function unknownDecision(id: number): KbtError {
  return new KbtError({
    kind: "usage",
    code: "UNKNOWN_DECISION",
    message: `there is no evaluation ${id}`,
    hint: "`kbt why` names the nearest one; the others are in opportunities.opportunity_id",
  });
}
