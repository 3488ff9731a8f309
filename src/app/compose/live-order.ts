import { sha256Of } from "../../adapters/platform/sha256.ts";
import type { Config } from "../../config/schema.ts";
import { KbtError } from "../../core/errors.ts";
import { seriesOfTicker } from "../../core/market.ts";
import { formatMoney, formatPrice, formatQty, type Side } from "../../core/units.ts";
import type { CommandContext, CommandResult, LiveOrderOptions } from "../context.ts";
import { OneOrder, type OrderPlan, type OrderWish } from "../live/one-order.ts";
import type { Environment } from "./environment.ts";
import { type LiveOutcome, throughGates } from "./live.ts";
import { inEnvironment } from "./open-environment.ts";
import { exitOf } from "./record.ts";

/** Of the exchange's time: so long a price is waited for. */
const WAIT_MS = 20_000;
/** And so long, once there is one, that it is the confirmed one again. */
const CONFIRMED_WAIT_MS = 3_000;

/** `kbt live order`: one purchase at the best ask, on the same way as those of strategies. */
export async function liveOrder(
  ctx: CommandContext,
  options: LiveOrderOptions,
): Promise<CommandResult> {
  const config = configOf((await ctx.loadConfig()).config, options.ticker);
  return inEnvironment(config, options.sim, async (env) => {
    const bounds = { strategies: [], seconds: null, windows: null, once: false, sim: options.sim };
    // The plan is what is confirmed here, not the series.
    const confirmed = { confirmLive: config.kalshi.series, yes: false };
    const asked = { ...bounds, ...confirmed, untilMs: env.clock.nowMs() + WAIT_MS };
    const errand = askedOrder(env, options);
    return throughGates({ ctx, config, env, options: asked, errand }, (_setting, outcome) =>
      Promise.resolve(resultOf(env, options, errand.own, outcome)),
    );
  });
}

function configOf(config: Config, ticker: string): Config {
  const market = { series: [seriesOfTicker(ticker)], market_tickers: [ticker], event_ticker: null };
  return { ...config, kalshi: { ...config.kalshi, ...market } };
}

/** Names the plan word for word; another price, size or account is another plan. */
function digestOf(env: Environment, wish: OrderWish, plan: OrderPlan): string {
  const { price, qty, side, ticker } = plan;
  const words = [env.stamp, env.signer?.keyId, ticker, side, price, qty, wish.maxCost];
  // The key of a local exchange is another one in each process.
  if (env.sim !== null) words[1] = "sim";
  return sha256Of(words.join("/")).slice(0, 12);
}

function askedOrder(env: Environment, { confirm, yes, ...wish }: LiveOrderOptions) {
  const isEnough = yes && env.stamp !== "prod";
  const own = new OneOrder(wish, (plan) => isEnough || digestOf(env, wish, plan) === confirm);
  return {
    own,
    isHarmless: false,
    maxCost: wish.maxCost,
    isOver: (venue: { isQuiet(): boolean }): boolean => {
      if (own.isAsked) return own.end !== null && venue.isQuiet();
      if (isEnough || own.plannedMs === null) return false;
      const waitMs = confirm === null ? 0 : CONFIRMED_WAIT_MS;
      return env.clock.nowMs() - own.plannedMs >= waitMs;
    },
  };
}

interface OrderReport {
  readonly run_id: number;
  readonly environment: string;
  readonly plan: PlanReport | null;
  /** What confirms this plan and no other one. */
  readonly digest: string | null;
  readonly placed: boolean;
  /** How it ended; null for an order that was not placed, or whose end is not known. */
  readonly state: string | null;
  readonly reason: string;
  readonly filled_contracts: string;
  /** With the fee. */
  readonly paid_usd: string;
  readonly verified_empty: boolean;
  readonly in_doubt: readonly string[];
  readonly latched: readonly string[];
}

interface PlanReport {
  readonly ticker: string;
  readonly side: Side;
  readonly price_usd: string;
  readonly contracts: string;
  /** At most, with the fee. */
  readonly cost_usd: string;
}

function resultOf(
  env: Environment,
  options: LiveOrderOptions,
  own: OneOrder,
  { ending, error, run }: LiveOutcome,
): CommandResult {
  const { plan } = own;
  const report: OrderReport = {
    run_id: run.wired.recorder.runId,
    environment: env.label,
    plan: plan === null ? null : planReport(plan),
    digest: plan === null ? null : digestOf(env, options, plan),
    placed: own.isAsked,
    state: own.end?.state ?? null,
    reason: own.isAsked ? (own.end?.reason ?? "") : own.reason,
    filled_contracts: formatQty(own.filled.qty),
    paid_usd: formatMoney(own.filled.cost),
    verified_empty: ending.isVerified,
    in_doubt: ending.doubtful.map(({ order }) => order.orderId),
    latched: [...run.orders.venue.latched],
  };
  const failure = error ?? failureOf(env, options, report);
  return {
    exitCode: failure === null ? 0 : exitOf(failure),
    data: report,
    text: render(report),
    warnings: run.wired.warnings,
    ...(failure === null ? {} : { error: failure }),
  };
}

function planReport({ cost, price, qty, side, ticker }: OrderPlan): PlanReport {
  return {
    ticker,
    side,
    price_usd: formatPrice(price),
    contracts: formatQty(qty),
    cost_usd: formatMoney(cost),
  };
}

/** Why there was no order, or what the exchange said of it; null for one that ended as orders do. */
function failureOf(
  env: Environment,
  { confirm, yes }: LiveOrderOptions,
  { digest, placed, plan, reason, state }: OrderReport,
): KbtError | null {
  if (state === "rejected") {
    const message = `the exchange refused the order: ${reason}`;
    return new KbtError({ kind: "venue", code: "ORDER_REJECTED", message });
  }
  if (placed) return null;
  if (plan !== null && reason === "not_confirmed") {
    return new KbtError({
      kind: "risk",
      code: "NOT_CONFIRMED",
      message: whyUnconfirmed(confirm, digest, yes && env.stamp === "prod"),
      hint: `the same command with --confirm ${digest ?? ""} places exactly this plan`,
    });
  }
  const isRisk = reason.startsWith("risk.") || reason === "too_dear";
  return new KbtError({
    kind: isRisk ? "risk" : "data",
    code: isRisk ? "ORDER_DENIED" : "NO_PRICE",
    message: `nothing was placed: ${reason}`,
  });
}

function whyUnconfirmed(confirm: string | null, digest: string | null, isProd: boolean): string {
  if (confirm !== null && confirm !== digest) return `the plan is another one than ${confirm} now`;
  const more = isProd ? "; --yes is not enough on the real exchange" : "";
  return `nothing was placed: the plan is not confirmed${more}`;
}

function render(report: OrderReport): string {
  const { digest, filled_contracts: filled, placed, plan, reason, state } = report;
  const lines: string[] = [];
  if (plan !== null) {
    lines.push(
      `buy ${plan.contracts} ${plan.side} of ${plan.ticker} at $${plan.price_usd} or better`,
      `at most $${plan.cost_usd} with the fee; digest ${digest ?? ""}`,
    );
  }
  if (placed) {
    const why = reason === "" ? "" : ` (${reason})`;
    lines.push(`${state ?? "without a known end"}${why}: ${filled} bought for $${report.paid_usd}`);
  }
  lines.push(
    report.verified_empty
      ? "no order of ours rests: the exchange was asked"
      : "it is NOT certain that no order of ours rests",
  );
  return `${lines.join("\n")}\n`;
}
