import { createLedgerWriter, type LedgerWriter } from "../../adapters/sqlite/ledger-writer.ts";
import type { Reader } from "../../adapters/sqlite/open.ts";
import { pessimisticMarkets } from "../../adapters/sqlite/queries/pessimistic.ts";
import {
  listPaid,
  listPositions,
  type PositionRow,
} from "../../adapters/sqlite/queries/positions.ts";
import { recentlyFinal, unsettledMarkets } from "../../adapters/sqlite/queries/settlements.ts";
import { DAY_MS } from "../../core/iso-time.ts";
import type { Ruling } from "../../core/records.ts";
import { firstLeg, nextLeg } from "../../core/settle-legs.ts";
import { resultWord, rulingOf } from "../../core/settlement.ts";
import { ShadowBooks } from "../../core/sim/shadow-books.ts";
import { formatQty, money, qty } from "../../core/units.ts";
import type { CommandContext, CommandResult, LedgerOptions } from "../context.ts";
import { dollars, usd } from "../trading-report.ts";
import { openEnvironment } from "./open-environment.ts";
import { openMigrated } from "./open-migrated.ts";
import { type Imported, importResults, runOn } from "./settle-import.ts";

/** A final result is asked for again for so long: it may be amended. */
const AMENDED_WITHIN_MS = DAY_MS;

interface Outcome extends Imported {
  legs: number;
  corrected: number;
  confirmed: number;
  pnlUd: number;
  /** For people: what settled as something whose payout nobody said. */
  readonly unpaid: string[];
}

/** `kbt ledger settle`: imports the result of every closed market that this database saw. Safe to run at any time. */
export async function settle(ctx: CommandContext, options: LedgerOptions): Promise<CommandResult> {
  const { config } = await ctx.loadConfig();
  const path = config.storage.db_path;
  const env = await openEnvironment(config, options.sim);
  const reader = openMigrated(path, env.stamp);
  const outcome: Outcome = {
    asked: 0,
    imported: 0,
    waiting: 0,
    unknown: 0,
    legs: 0,
    corrected: 0,
    confirmed: 0,
    pnlUd: 0,
    unpaid: [],
  };
  try {
    const nowMs = env.sim === null ? env.clock.nowMs() : Number.MAX_SAFE_INTEGER;
    const open = unsettledMarkets(reader, nowMs);
    const writer = createLedgerWriter({ path, env: env.stamp });
    try {
      if (env.sim !== null) runOn(env.sim, open);
      const tell = (imported: number): void =>
        ctx.progress.update(`settle: ${imported} of ${open.length} results imported`);
      const own = new Set(open.flatMap(({ filled, ticker }) => (filled ? [ticker] : [])));
      const job = { env, own, writer, signal: ctx.signal, tell };
      const tickers = open.map(({ ticker }) => ticker);
      Object.assign(outcome, await importResults(job, tickers));
      // What was final is asked again for a day; there is no word of it unless it has changed.
      const changed = await importResults(job, recentlyFinal(reader, nowMs - AMENDED_WITHIN_MS));
      outcome.asked += changed.imported;
      outcome.imported += changed.imported;
      payOut(reader, writer, outcome);
      correct(reader, writer, outcome);
      settlePessimistic(reader, writer);
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

/** Books what open positions are paid, by the newest word of the exchange. */
function payOut(reader: Reader, writer: LedgerWriter, outcome: Outcome): void {
  for (const position of listPositions(reader)) {
    const { mode, runId, settlement, ticker } = position;
    const ruling = rulingIn(ticker, settlement);
    if (ruling !== null) {
      const { leg } = firstLeg(position, ruling);
      if (!writer.appendLedger(leg, { mode, runId })) continue;
      outcome.legs++;
      outcome.pnlUd += leg.pnl ?? 0;
    } else if (settlement?.final === true) {
      const held = formatQty(qty(Math.abs(position.qty)));
      outcome.unpaid.push(
        `${ticker} settled as '${resultWord(settlement.result)}', whose payout is not known here: ${held} contracts stay open`,
      );
    }
  }
}

/** Confirms what was settled provisionally, or books the difference to what it is worth now. */
function correct(reader: Reader, writer: LedgerWriter, outcome: Outcome): void {
  for (const { paid, settlement } of listPaid(reader)) {
    const ruling = rulingIn(paid.ruling.ticker, settlement);
    const leg = ruling === null ? undefined : nextLeg(paid, ruling)?.leg;
    if (leg === undefined || !writer.appendLedger(leg, paid)) continue;
    if (leg.cost === 0) outcome.confirmed++;
    else outcome.corrected++;
    outcome.pnlUd += leg.pnl ?? 0;
  }
}

function rulingIn(ticker: string, settlement: PositionRow["settlement"]): Ruling | null {
  return settlement === null ? null : rulingOf({ ...settlement, ticker }, settlement.settledMs);
}

/** The same for the pessimistic accounts, which are paid by the same words. */
function settlePessimistic(reader: Reader, writer: LedgerWriter): void {
  for (const { account: runId, legs, mode, settlement, ticker } of pessimisticMarkets(reader)) {
    const ruling = rulingIn(ticker, settlement);
    if (ruling === null) continue;
    const books = new ShadowBooks();
    for (const leg of legs) books.adopt(leg);
    for (const leg of books.settle(ruling)) writer.appendPessimistic(leg, { mode, runId });
  }
}

function dataOf(outcome: Outcome): unknown {
  return {
    markets_asked: outcome.asked,
    results_imported: outcome.imported,
    not_yet_final: outcome.waiting,
    unknown_to_the_exchange: outcome.unknown,
    positions_settled: outcome.legs,
    corrected: outcome.corrected,
    confirmed: outcome.confirmed,
    pnl: usd(money(outcome.pnlUd)),
  };
}

function textOf(outcome: Outcome): string {
  const { asked, confirmed, corrected, imported, legs, pnlUd, waiting } = outcome;
  if (asked + legs + corrected + confirmed === 0) {
    return "nothing to settle: every closed market has its result\n";
  }
  const later = [
    ...(confirmed > 0 ? [`${confirmed} confirmed`] : []),
    ...(corrected > 0 ? [`${corrected} corrected`] : []),
  ];
  return [
    `${imported} of ${asked} results imported, ${waiting} not final yet\n`,
    `${[`${legs} positions settled`, ...later].join(", ")}, P&L ${dollars(usd(money(pnlUd)))}\n`,
  ].join("");
}

function warningsOf(outcome: Outcome, options: LedgerOptions): string[] {
  if (outcome.unknown === 0) return outcome.unpaid;
  const why =
    options.sim === null
      ? ""
      : "; a local exchange knows the markets of its own scenario and seed only";
  return [...outcome.unpaid, `${outcome.unknown} markets are unknown to this exchange${why}`];
}
