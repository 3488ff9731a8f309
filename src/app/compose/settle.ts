import type { KalshiRest } from "../../adapters/kalshi/rest.ts";
import { marketExtras } from "../../adapters/kalshi/rest-body.ts";
import { createLedgerWriter, type LedgerWriter } from "../../adapters/sqlite/ledger-writer.ts";
import { openReader } from "../../adapters/sqlite/open.ts";
import { type PositionRow, positionsToSettle } from "../../adapters/sqlite/queries/positions.ts";
import {
  type UnsettledMarket,
  unsettledMarkets,
} from "../../adapters/sqlite/queries/settlements.ts";
import { KbtError } from "../../core/errors.ts";
import type { Market } from "../../core/market.ts";
import { settlementOf } from "../../core/settlement.ts";
import { costOf, type Ms, money, PRICE_ONE, qty } from "../../core/units.ts";
import type { CommandContext, CommandResult, LedgerOptions } from "../context.ts";
import { dollars, usd } from "../paper-report.ts";
import type { Environment, SimulatedWorld } from "./environment.ts";
import { kalshiRest } from "./feeds.ts";
import { openEnvironment } from "./open-environment.ts";
import { steppedClock } from "./stepped-clock.ts";

/** Exchange time that a market needs from its close to its final result, with room to spare. */
const SETTLED_AFTER_MS = 300_000;

interface Outcome {
  asked: number;
  imported: number;
  waiting: number;
  unknown: number;
  legs: number;
  pnlUd: number;
}

/** `kbt ledger settle`: imports the result of every closed market that this database saw. Safe to run at any time. */
export async function settle(ctx: CommandContext, options: LedgerOptions): Promise<CommandResult> {
  const { config } = await ctx.loadConfig();
  const path = config.storage.db_path;
  // Read first: without anything to settle no exchange needs to be reached.
  const reader = openReader(path);
  const env = await openEnvironment(config, options.sim);
  const outcome: Outcome = { asked: 0, imported: 0, waiting: 0, unknown: 0, legs: 0, pnlUd: 0 };
  try {
    const nowMs = env.sim === null ? env.clock.nowMs() : Number.MAX_SAFE_INTEGER;
    const open = unsettledMarkets(reader, nowMs);
    outcome.asked = open.length;
    const writer = createLedgerWriter({ path, env: env.stamp });
    try {
      if (env.sim !== null) runOn(env.sim, open);
      await importResults(
        { ctx, env, writer, rest: kalshiRest(env, steppedClock(env)), outcome },
        open,
      );
      for (const position of positionsToSettle(reader)) payOut(writer, position, outcome);
    } finally {
      writer.close();
    }
  } finally {
    ctx.progress.stop();
    reader.close();
    await env.close();
  }
  return {
    exitCode: 0,
    data: dataOf(outcome),
    text: textOf(outcome),
    warnings: warningsOf(outcome, options),
  };
}

interface Importing {
  readonly ctx: CommandContext;
  readonly env: Environment;
  readonly writer: LedgerWriter;
  readonly rest: KalshiRest;
  readonly outcome: Outcome;
}

async function importResults(work: Importing, open: readonly UnsettledMarket[]): Promise<void> {
  const { ctx, env, outcome, rest, writer } = work;
  for (const { ticker } of open) {
    const market = await find(rest, ticker, ctx.signal);
    const settlement =
      market === null ? null : settlementOf(market, seen(market, env.clock.nowMs()));
    if (market === null) outcome.unknown++;
    else if (settlement === null) outcome.waiting++;
    else {
      writer.upsertMarket(market, env.clock.nowMs());
      if (writer.recordSettlement(settlement, null)) outcome.imported++;
      if (!settlement.final) outcome.waiting++;
    }
    ctx.progress.update(`settle: ${outcome.imported} of ${outcome.asked} results imported`);
  }
}

function seen(market: Market, recvMs: Ms) {
  return { source: "kalshi", recvMs, settledMs: marketExtras(market).settledMs };
}

async function find(rest: KalshiRest, ticker: string, signal: AbortSignal): Promise<Market | null> {
  try {
    return await rest.market(ticker, signal);
  } catch (error) {
    if (error instanceof KbtError && error.kind === "venue") return null;
    throw error;
  }
}

/** The local exchange of the same seed tells the same story: letting it run on past the closes settles its markets. */
function runOn({ simulation, clock }: SimulatedWorld, open: readonly UnsettledMarket[]): void {
  const lastClose = Math.max(0, ...open.map(({ closeMs }) => closeMs ?? 0));
  const untilMs: Ms = Math.max(clock.nowMs(), lastClose + SETTLED_AFTER_MS);
  simulation.runUntil(untilMs);
  while (simulation.held) {
    simulation.releaseHold();
    simulation.runUntil(untilMs);
  }
  clock.moveTo(untilMs);
}

/** Books what a settled position paid; a leg that a running process booked already is left alone. */
function payOut(writer: LedgerWriter, position: PositionRow, outcome: Outcome): void {
  const { settlement } = position;
  if (settlement === null || (settlement.result !== "yes" && settlement.result !== "no")) return;
  const side = position.qty < 0 ? "no" : "yes";
  const count = qty(Math.abs(position.qty));
  const payout = side === settlement.result ? costOf(PRICE_ONE, count) : money(0);
  const pnl = money(payout - position.cost);
  const added = writer.appendLedger(
    {
      atMs: settlement.settledMs,
      action: "settle",
      side,
      ticker: position.ticker,
      price: null,
      qty: count,
      cost: money(0 - payout),
      pnl,
      status: settlement.result,
      source: "ledger settle",
      strategy: position.strategy,
      orderId: null,
      payload: { expiration_value: settlement.expirationValue },
    },
    { mode: position.mode, runId: position.runId },
  );
  if (!added) return;
  outcome.legs++;
  outcome.pnlUd += pnl;
}

function dataOf(outcome: Outcome): unknown {
  return {
    markets_asked: outcome.asked,
    results_imported: outcome.imported,
    not_yet_final: outcome.waiting,
    unknown_to_the_exchange: outcome.unknown,
    positions_settled: outcome.legs,
    pnl: usd(money(outcome.pnlUd)),
  };
}

function textOf(outcome: Outcome): string {
  if (outcome.asked === 0 && outcome.legs === 0)
    return "nothing to settle: every closed market has its result\n";
  return [
    `${outcome.imported} of ${outcome.asked} results imported, ${outcome.waiting} not final yet\n`,
    `${outcome.legs} positions settled, P&L ${dollars(usd(money(outcome.pnlUd)))}\n`,
  ].join("");
}

function warningsOf(outcome: Outcome, options: LedgerOptions): string[] {
  if (outcome.unknown === 0) return [];
  const why =
    options.sim === null
      ? ""
      : "; a local exchange knows the markets of its own scenario and seed only";
  return [`${outcome.unknown} markets are unknown to this exchange${why}`];
}
