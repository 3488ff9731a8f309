import type { FillClass } from "../core/records.ts";
import { profitRange } from "../core/sim/profit-range.ts";
import type { ShadowAccount } from "../core/sim/shadow.ts";
import { formatDecimal, qty } from "../core/units.ts";
import type { CommandContext } from "./context.ts";
import {
  dollars,
  renderTrading,
  type TradingFacts,
  type TradingReport,
  tradingReport,
  usd,
} from "./trading-report.ts";

/** What `paper` says at its end: what every run that trades does, and how far its simulated fills can be believed. */
export interface PaperReport extends TradingReport {
  /** Why they are believed to have happened (docs/paper.md). */
  readonly fills_by_class: Readonly<Record<FillClass, number>>;
  readonly filled_contracts_pessimistic: string;
  /** From market to market the worse, and the better, of what the two accounts made (docs/paper.md). */
  readonly realised_pessimistic_usd: string;
  readonly realised_optimistic_usd: string;
}

export function paperReport(facts: TradingFacts & { readonly shadow: ShadowAccount }): PaperReport {
  const { session, shadow } = facts;
  const range = profitRange(session.totals.profits, shadow.profits);
  return {
    ...tradingReport(facts),
    fills_by_class: { ...session.totals.fillClasses },
    filled_contracts_pessimistic: formatDecimal(qty(shadow.contracts), 2),
    realised_pessimistic_usd: usd(range.pessimistic),
    realised_optimistic_usd: usd(range.optimistic),
  };
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

export function renderPaper(ctx: CommandContext, report: PaperReport): Promise<string> {
  const fills = `simulated fills${classes(report)}`;
  return renderTrading(ctx, report, { fills, profit: pnlRange(report) });
}
