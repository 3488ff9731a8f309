import type { Engine } from "../core/engine.ts";
import { formatDecimal, type Money, money, qty } from "../core/units.ts";
import type { CommandContext, Table } from "./context.ts";
import { END_TEXT, type RunEnd, type StopReason } from "./run.ts";
import type { Session } from "./session.ts";

// What `paper` and `live` say at their end: how often they looked, what held them back, what they did and what came of it.

export interface TradingReport {
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
  readonly filled_contracts: string;
  readonly markets: number;
  readonly settled_markets: number;
  readonly settled_windows: number;
  readonly realised_usd: string;
  /** Of that, what a final result may still change. */
  readonly provisional_usd: string;
  readonly provisional: number;
  readonly open_positions: readonly {
    readonly ticker: string;
    readonly contracts: string;
    readonly cost_usd: string;
  }[];
}

export interface TradingFacts {
  readonly runId: number;
  readonly environment: string;
  readonly engine: Engine;
  readonly session: Session;
  readonly end: RunEnd;
  readonly exchangeMs: number;
}

export function tradingReport(facts: TradingFacts): TradingReport {
  const { engine, session, end } = facts;
  const markets = [...session.markets.values()];
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
    filled_contracts: formatDecimal(qty(session.totals.contracts), 2),
    markets: markets.length,
    settled_markets: markets.filter(({ isSettled }) => isSettled).length,
    settled_windows: session.settledWindows(),
    realised_usd: usd(engine.portfolio.realised),
    provisional_usd: usd(engine.settling.provisionalPnl()),
    provisional: engine.settling.provisional().length,
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

/** What the fills and the profit of a mode are, in words. */
export interface TradingWords {
  readonly fills: string;
  readonly profit: string;
}

export async function renderTrading(
  ctx: CommandContext,
  report: TradingReport,
  { fills, profit }: TradingWords,
): Promise<string> {
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
    `${report.evaluations} evaluations of ${report.markets} markets, ${report.orders} orders, ${report.fills} ${fills}\n`,
    `${report.settled_markets} markets settled in ${report.settled_windows} windows, realised P&L ${profit}\n`,
    report.provisional === 0
      ? ""
      : `${report.provisional} positions are settled provisionally, ${dollars(report.provisional_usd)} of it: kbt ledger settle confirms or corrects them\n`,
    open === "" ? "no open positions\n" : `open positions:\n${open}`,
  ].join("");
}
