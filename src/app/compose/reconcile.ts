import { CRYPTO_SHARD } from "../../adapters/feeds/kalshi/exchange-watch.ts";
import { readAccountHistory } from "../../adapters/kalshi/account-history.ts";
import { createSystemClock } from "../../adapters/platform/system-clock.ts";
import { createLedgerWriter } from "../../adapters/sqlite/ledger-writer.ts";
import { openReader, type Reader } from "../../adapters/sqlite/open.ts";
import { cashMovements } from "../../adapters/sqlite/queries/cash.ts";
import { listOrders } from "../../adapters/sqlite/queries/orders.ts";
import { readWitnesses, type WitnessedMarket } from "../../adapters/sqlite/queries/reconcile.ts";
import type { Config } from "../../config/schema.ts";
import { lotsOf } from "../../core/lots.ts";
import { marketResidues, netOf, orderResidues, type Residue } from "../../core/reconcile.ts";
import { compareAccount, type OurAccount } from "../../core/reconcile-account.ts";
import { type Money, money, qty } from "../../core/units.ts";
import type { CommandContext, CommandResult, LedgerOptions } from "../context.ts";
import { type CashCheck, type Reconciled, reconcileResult } from "../reconcile-report.ts";
import type { Environment } from "./environment.ts";
import { kalshiRest } from "./feeds.ts";
import { openEnvironment } from "./open-environment.ts";
import { resultResidues } from "./reconcile-results.ts";

/** A fill and the note of it, and the exchange's lists, may be this far apart (kalshi.md §2.8). */
const SETTLES_MS = 2_000;

/** `kbt ledger reconcile`: holds the witnesses of the same money against each other and against the exchange. */
export async function reconcile(
  ctx: CommandContext,
  options: LedgerOptions,
): Promise<CommandResult> {
  const { config } = await ctx.loadConfig();
  const reader = openReader(config.storage.db_path, { segments: false });
  try {
    const env = await environmentOf(config, options, reader);
    try {
      const job: Job = { ctx, config, options, reader, env };
      const first = await look(job);
      if (first.residues.length === 0) return await reconcileResult(ctx, first);
      // What a run is just writing, or a list does not show yet, is gone the next time.
      await createSystemClock().sleep(SETTLES_MS, ctx.signal);
      const second = await look(job);
      const lasting = new Set(first.residues.map(({ text }) => text));
      const residues = second.residues.filter(({ text }) => lasting.has(text));
      return await reconcileResult(ctx, { ...second, residues });
    } finally {
      await env?.close();
    }
  } finally {
    ctx.progress.stop();
    reader.close();
  }
}

interface Job {
  readonly ctx: CommandContext;
  readonly config: Config;
  readonly options: LedgerOptions;
  readonly reader: Reader;
  /** Null when the exchange is not asked. */
  readonly env: Environment | null;
}

/** The exchange that the file is of; null without a key, and for a file of another exchange. */
async function environmentOf(
  config: Config,
  { mode, sim }: LedgerOptions,
  reader: Reader,
): Promise<Environment | null> {
  const hasKey = config.kalshi.api_key_id !== null;
  if (sim === null && (!hasKey || reader.env !== config.kalshi.env)) return null;
  if (sim === null && mode !== null && mode !== "live") return null;
  return openEnvironment(config, sim);
}

async function look(job: Job): Promise<Reconciled> {
  const { env, options, reader } = job;
  const { markets, orders } = readWitnesses(reader, options.mode ?? undefined);
  const own = [...orderResidues(orders), ...markets.flatMap(marketResidues)];
  const counts = {
    orders: orders.length,
    fills: markets.reduce((sum, { fills }) => sum + fills.length, 0),
    legs: markets.reduce((sum, { legs }) => sum + legs.length, 0),
    settled: markets.filter(({ paid }) => paid !== undefined).length,
  };
  if (env === null) return { counts, residues: own, asked: "nobody", cash: null, foreignFills: 0 };
  if (env.sim !== null) {
    const residues = await resultResidues(env, markets, { reader, signal: job.ctx.signal });
    const all = [...own, ...residues];
    return { counts, residues: all, asked: "results", cash: null, foreignFills: 0 };
  }
  const live = markets.filter(({ mode }) => mode === "live");
  const account = await compareWithAccount(job, env, live);
  const residues = [...own, ...account.residues];
  const cash = await compareCash(job, env, { ...account, live, residues });
  return {
    counts,
    residues: [...residues, ...cashResidues(cash)],
    asked: "account",
    cash,
    foreignFills: account.foreignFills,
  };
}

async function compareWithAccount(
  { ctx, reader }: Job,
  env: Environment,
  live: readonly WitnessedMarket[],
) {
  const fills = live.flatMap((market) => market.fills);
  const orders = listOrders(reader, { mode: "live" });
  const ours: OurAccount = {
    fills,
    paid: new Map(
      live.flatMap(({ paid, ticker }) =>
        paid === undefined
          ? []
          : [[ticker, { payout: paid.payout, isFinal: paid.ruling.isFinal }] as const],
      ),
    ),
    positions: new Map(
      live.map(({ fills: own, paid, ticker }) => [
        ticker,
        qty(netOf(own) - (paid === undefined ? 0 : paid.yesQty - paid.noQty)),
      ]),
    ),
  };
  const sinceMs = Math.min(env.clock.nowMs(), ...orders.map(({ createdMs }) => createdMs));
  ctx.progress.update("reconcile: reading the account");
  const { clock, http, signer, urls } = env;
  const access = { baseUrl: urls.kalshiRest, clock, http, signer };
  const theirs = await readAccountHistory(access, sinceMs, ctx.signal);
  const ids = new Set(orders.map(({ clientOrderId }) => clientOrderId));
  const ourOrders = new Set(
    theirs.orders
      .filter(({ clientOrderId }) => clientOrderId !== null && ids.has(clientOrderId))
      .map(({ exchangeId }) => exchangeId),
  );
  const isResting = theirs.orders.some(({ status }) => status === "resting");
  return { ...compareAccount(ours, { ...theirs, ourOrders }), isResting };
}

interface Compared {
  readonly live: readonly WitnessedMarket[];
  readonly residues: readonly Residue[];
  readonly foreignFills: number;
  readonly rounding: Money;
  readonly isResting: boolean;
}

/** The balance beside opening, deposits and trading; the first time it only says what the opening was. */
async function compareCash(job: Job, env: Environment, compared: Compared): Promise<CashCheck> {
  const why = whyNotCash(compared);
  if (why !== null) return { why };
  const rest = kalshiRest(env);
  const balance = await rest.balance(CRYPTO_SHARD, job.ctx.signal);
  const traded = compared.live.reduce((sum, { legs }) => {
    return sum + lotsOf(legs).paired - legs.reduce((cost, leg) => cost + leg.cost, 0);
  }, 0 - compared.rounding);
  const { moved, opening } = cashMovements(job.reader);
  if (opening !== null) {
    return { why: null, balance, expected: money(opening + moved + traded), isFirst: false };
  }
  const writer = createLedgerWriter({ path: job.config.storage.db_path, env: env.stamp });
  try {
    const amount = money(balance - moved - traded);
    const reason = "balance when it was first compared";
    writer.recordMovement({ atMs: env.clock.nowMs(), kind: "opening", amount, reason });
  } finally {
    writer.close();
  }
  return { why: null, balance, expected: balance, isFirst: true };
}

function whyNotCash({ foreignFills, isResting, live, residues }: Compared): string | null {
  if (residues.length > 0) return "there are other residues";
  if (isResting) return "an order rests and holds cash back";
  if (foreignFills > 0) return "others trade on the account";
  const isOwed = live.some(({ paid }) => paid?.ruling.isFinal === false);
  return isOwed ? "something is settled provisionally, which the exchange pays later" : null;
}

function cashResidues(cash: CashCheck): Residue[] {
  if (cash.why !== null || cash.balance === cash.expected) return [];
  const text = "cash of the account beside opening, deposits and trading";
  const amount = money(cash.expected - cash.balance);
  return [{ check: "exchange_cash", mode: "live", ticker: "", text, amount }];
}
