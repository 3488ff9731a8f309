import type { Engine } from "../core/engine.ts";
import type { FillClass } from "../core/records.ts";
import { profitRange } from "../core/sim/profit-range.ts";
import type { ShadowAccount } from "../core/sim/shadow.ts";
import { formatDecimal, type Money, money, qty } from "../core/units.ts";
import type { CommandContext, Table } from "./context.ts";
import { END_TEXT, type RunEnd, type StopReason } from "./run.ts";
import type { Session } from "./session.ts";

// What `paper` says at its end: how often it looked, what held it back, what it did and what came of it.

export interface PaperReport {
  readonly run_id: number;
  readonly environment: string;
  readonly ended_by: StopReason;
  readonly seconds: number;
  readonly exchange_seconds: number;
  readonly speed: number;
  readonly evaluations: number;
  readonly by_reason: Readonly<Record<string, number>>;
  readonly orders: number;
  readonly fills: number;
  /** Why they are believed to have happened (docs/paper.md). */
  readonly fills_by_class: Readonly<Record<FillClass, number>>;
  readonly filled_contracts: string;
  readonly filled_contracts_pessimistic: string;
  readonly markets: number;
  readonly settled_markets: number;
  readonly settled_windows: number;
  readonly realised_usd: string;
  /** Of that, what a final result may still change. */
  readonly provisional_usd: string;
  readonly provisional: number;
  /** From market to market the worse, and the better, of what the two accounts made (docs/paper.md). */
  readonly realised_pessimistic_usd: string;
  readonly realised_optimistic_usd: string;
  readonly open_positions: readonly {
    readonly ticker: string;
    readonly contracts: string;
    readonly cost_usd: string;
  }[];
}

export interface PaperFacts {
  readonly runId: number;
  readonly environment: string;
  readonly engine: Engine;
  readonly shadow: ShadowAccount;
  readonly session: Session;
  readonly end: RunEnd;
  readonly exchangeMs: number;
}

export function paperReport(facts: PaperFacts): PaperReport {
  const { engine, session, shadow, end } = facts;
  const markets = [...session.markets.values()];
  const range = profitRange(session.totals.profits, shadow.profits);
  return {
    run_id: facts.runId,
    environment: facts.environment,
    ended_by: end.reason,
    seconds: Math.round(end.realMs / 100) / 10,
    exchange_seconds: Math.round(facts.exchangeMs / 1000),
    speed: Math.round((facts.exchangeMs / Math.max(1, end.realMs)) * 10) / 10,
    evaluations: session.totals.evaluations,
    by_reason: Object.fromEntries([...session.totals.reasons].toSorted((a, b) => b[1] - a[1])),
    orders: session.totals.orders,
    fills: session.totals.fills,
    fills_by_class: { ...session.totals.fillClasses },
    filled_contracts: formatDecimal(qty(session.totals.contracts), 2),
    filled_contracts_pessimistic: formatDecimal(qty(shadow.contracts), 2),
    markets: markets.length,
    settled_markets: markets.filter(({ isSettled }) => isSettled).length,
    settled_windows: session.settledWindows(),
    realised_usd: usd(engine.portfolio.realised),
    provisional_usd: usd(engine.settling.provisionalPnl()),
    provisional: engine.settling.provisional().length,
    realised_pessimistic_usd: usd(range.pessimistic),
    realised_optimistic_usd: usd(range.optimistic),
    open_positions: [...engine.portfolio.positions()].map(({ ticker, qty: count, cost }) => ({
      ticker,
      contracts: formatDecimal(count, 2),
      cost_usd: usd(cost),
    })),
  };
}

/** Micro-dollars as dollars with cents, rounded half away from zero, for people and totals. */
export function usd(amount: Money): string {
  const cents = Math.sign(amount) * Math.round(Math.abs(amount) / 10_000);
  return formatDecimal(money(cents === 0 ? 0 : cents), 2);
}

/** `-3.15` → `-$3.15`. */
export function dollars(amount: string): string {
  return amount.startsWith("-") ? `-$${amount.slice(1)}` : `$${amount}`;
}

/** `-$1.20 … $0.40 … $0.55 (pessimistic … expected … optimistic)`. */
function pnlRange(report: PaperReport): string {
  const { realised_optimistic_usd: high, realised_pessimistic_usd: low } = report;
  const all = [low, report.realised_usd, high].map(dollars).join(" … ");
  return `${all} (pessimistic … expected … optimistic)`;
}

/** ` (3 crossed, 2 queue)`; nothing without a fill. */
function classes({ fills_by_class: counts }: PaperReport): string {
  const named = Object.entries(counts).filter(([, count]) => count > 0);
  return named.length === 0
    ? ""
    : ` (${named.map(([name, count]) => `${count} ${name}`).join(", ")})`;
}

export async function renderPaper(ctx: CommandContext, report: PaperReport): Promise<string> {
  const reasons: Table = {
    columns: [
      { title: "decided by" },
      { title: "evaluations", align: "right" },
      { title: "share", align: "right" },
    ],
    rows: Object.entries(report.by_reason).map(([reason, count]) => [
      reason === "edge" ? "edge (traded)" : reason,
      String(count),
      `${((count / Math.max(1, report.evaluations)) * 100).toFixed(1)}%`,
    ]),
  };
  const open = report.open_positions
    .map(
      ({ ticker, contracts, cost_usd: cost }) =>
        `  ${ticker} ${contracts} contracts, cost $${cost}\n`,
    )
    .join("");
  return [
    report.evaluations > 0 ? await ctx.table(reasons) : "",
    `run ${report.run_id} on ${report.environment}, ended ${END_TEXT[report.ended_by]}\n`,
    `${report.exchange_seconds} s of exchange time in ${report.seconds} s (${report.speed}x)\n`,
    `${report.evaluations} evaluations of ${report.markets} markets, ${report.orders} orders, ${report.fills} simulated fills${classes(report)}\n`,
    `${report.settled_markets} markets settled in ${report.settled_windows} windows, realised P&L ${pnlRange(report)}\n`,
    report.provisional === 0
      ? ""
      : `${report.provisional} positions are settled provisionally, ${dollars(report.provisional_usd)} of it: kbt ledger settle confirms or corrects them\n`,
    open === "" ? "no open positions\n" : `open positions:\n${open}`,
  ].join("");
}
