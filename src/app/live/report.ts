import type { CommandContext } from "../context.ts";
import {
  dollars,
  renderTrading,
  type TradingFacts,
  type TradingReport,
  tradingReport,
} from "../trading-report.ts";
import type { Ending } from "./wind-down.ts";

/** What `live` says at its end: what `paper` says, and how it left the exchange. */
export interface LiveReport extends TradingReport {
  /** A read showed that none of our orders rests. */
  readonly verified_empty: boolean;
  /** Orders whose end is not known. */
  readonly in_doubt: readonly string[];
  /** Ids of the exchange; null when it could not be read. */
  readonly resting: readonly string[] | null;
  readonly latched: readonly string[];
}

export function liveReport(
  facts: TradingFacts & { readonly ending: Ending; readonly latched: readonly string[] },
): LiveReport {
  const { ending, latched } = facts;
  return {
    ...tradingReport(facts),
    verified_empty: ending.isVerified,
    in_doubt: ending.doubtful.map(({ order }) => order.orderId),
    resting: ending.resting?.map(({ exchangeId }) => exchangeId) ?? null,
    latched,
  };
}

export async function renderLive(ctx: CommandContext, report: LiveReport): Promise<string> {
  const profit = dollars(report.realised_usd);
  const text = await renderTrading(ctx, report, { fills: "fills", profit });
  const end = report.verified_empty
    ? "no order of ours rests: the exchange was asked\n"
    : "it is NOT certain that no order of ours rests\n";
  const latched = report.latched.length === 0 ? "" : `latched: ${report.latched.join(", ")}\n`;
  return `${text}${end}${latched}next: kbt ledger (what was traded)\n`;
}
