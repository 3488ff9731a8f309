import { minimumDetectableEdge } from "../core/calibration/intervals.ts";
import { curveOf } from "../core/performance/account.ts";
import { compareExits, type ExitTrades } from "../core/performance/exit-comparison.ts";
import { HOLD_OUT_SHARE, performanceOfParts, splitOf } from "../core/performance/hold-out.ts";
import {
  DEFAULT_EVIDENCE,
  type PerformanceOptions,
  performanceOf,
} from "../core/performance/performance.ts";
import { sweepOf, type Variant } from "../core/performance/sweep.ts";
import type { ClosedTrade, EquityMark } from "../core/performance/trade.ts";
import { formatMoney, type Money, type Ms } from "../core/units.ts";
import {
  type CoverageData,
  type CoverageRow,
  coverageData,
  coverageText,
  type Span,
} from "./backtest-coverage.ts";
import { type CurveData, curveData, curveText } from "./backtest-curve.ts";
import { type ExitsData, exitsData, exitsText } from "./backtest-exits.ts";
import { type MetricsData, metricsData, metricsTable } from "./backtest-metrics.ts";
import { type Scores, type ScoresData, scoresData, scoresText } from "./backtest-scores.ts";
import { type SweepData, sweepData, sweepText } from "./backtest-sweep.ts";
import {
  ENOUGH_WINDOWS,
  minuteText,
  percent,
  timeData,
  windowsWere,
  wrapped,
} from "./backtest-words.ts";
import type { CommandContext } from "./context.ts";

// What `backtest` says at its end: on what it stands, what the trades came to, and how much of that may be luck.

export interface BacktestFacts {
  /** Database or capture that was replayed. */
  readonly source: string;
  readonly version: string;
  readonly strategies: readonly string[];
  /** How soon a resting order fills. */
  readonly fill: "pessimistic" | "expected";
  /** Of the engine; the resamples are drawn from it as well. */
  readonly seed: number;
  /** Null where all that there is was asked for. */
  readonly asked: Span | null;
  readonly coverage: readonly CoverageRow[];
  readonly bankroll: Money;
  readonly trades: readonly ClosedTrade[];
  readonly marks: readonly EquityMark[];
  /** Share of the windows; null for the default. */
  readonly holdOutShare: number | null;
  readonly evaluations: number;
  readonly reasons: readonly ReasonCount[];
  /** Null where nothing settled that could be scored. */
  readonly scores: Scores | null;
  /** Of a sweep; empty without one. */
  readonly variants: readonly Variant[];
  /** Of `--exit`, the one that the others are compared with first; fewer than two are no comparison. */
  readonly exits: readonly ExitTrades[];
}

interface ReasonCount {
  readonly reason: string;
  readonly count: number;
}

export interface BacktestReport {
  readonly source: string;
  readonly version: string;
  readonly strategies: readonly string[];
  readonly fill: string;
  readonly seed: number;
  readonly bankroll: string;
  /** Of every interval. */
  readonly confidence: number;
  readonly coverage: CoverageData;
  /** False below 20 traded windows: intervals are then narrower than what is not known. */
  readonly enough_windows: boolean;
  /** Smallest edge (dollars a contract) that as many windows can show at an even price; null without any. */
  readonly minimum_detectable_edge: number | null;
  readonly metrics: MetricsData;
  readonly hold_out: HoldOutData | null;
  readonly scores: ScoresData | null;
  readonly equity: CurveData | null;
  readonly evaluations: number;
  /** Most frequent first. */
  readonly reasons: readonly ReasonCount[];
  readonly sweep: SweepData | null;
  readonly exits: ExitsData | null;
}

interface HoldOutData {
  readonly share: number;
  /** Last close of the first part. */
  readonly boundary: string;
  readonly boundary_ms: Ms;
  /** Events open across the boundary: in neither part. */
  readonly straddling_events: readonly string[];
  readonly fit: MetricsData;
  readonly hold_out: MetricsData;
}

export function backtestReport(facts: BacktestFacts): BacktestReport {
  const { bankroll, marks, seed, trades } = facts;
  const options = { ...DEFAULT_EVIDENCE, bankroll, marks, seed };
  const share = facts.holdOutShare ?? HOLD_OUT_SHARE;
  const whole = performanceOf(trades, options);
  return {
    source: facts.source,
    version: facts.version,
    strategies: facts.strategies,
    fill: facts.fill,
    seed,
    bankroll: formatMoney(bankroll),
    confidence: 1 - options.alpha,
    coverage: coverageData(facts.asked, facts.coverage),
    enough_windows: whole.windows >= ENOUGH_WINDOWS,
    minimum_detectable_edge: whole.windows > 0 ? minimumDetectableEdge(whole.windows) : null,
    metrics: metricsData(whole),
    hold_out: holdOutData(trades, share, options),
    scores: facts.scores === null ? null : scoresData(facts.scores),
    equity: curveData(curveOf(trades, options)),
    evaluations: facts.evaluations,
    reasons: facts.reasons.toSorted((a, b) => b.count - a.count),
    sweep:
      facts.variants.length === 0
        ? null
        : sweepData(sweepOf(facts.variants, { ...options, holdOutShare: share })),
    exits: exitsOf(facts.exits, options),
  };
}

function holdOutData(
  trades: readonly ClosedTrade[],
  share: number,
  options: PerformanceOptions,
): HoldOutData | null {
  const split = splitOf(trades, share);
  if (split === null) return null;
  const { fit, holdOut } = performanceOfParts(trades, split, options);
  return {
    share,
    ...timeData("boundary", split.boundaryMs),
    straddling_events: [...split.straddling],
    fit: metricsData(fit),
    hold_out: metricsData(holdOut),
  };
}

function exitsOf(exits: readonly ExitTrades[], options: PerformanceOptions): ExitsData | null {
  const [base, other] = exits;
  if (base === undefined || other === undefined) return null;
  return exitsData(base.exit, compareExits(exits, base.exit, options));
}

export async function renderBacktest(ctx: CommandContext, report: BacktestReport): Promise<string> {
  const { equity, exits, metrics, scores, sweep } = report;
  return [
    headText(ctx, report),
    await coverageText(ctx, report.coverage),
    funnelText(ctx, report),
    "\n",
    metrics.trades === 0 ? "nothing was traded\n" : await tradesText(ctx, report),
    metrics.trades === 0 || equity === null ? "" : `\n${await curveText(ctx, equity)}`,
    scores === null ? "" : await scoresText(ctx, scores),
    exits === null ? "" : exitsText(ctx, exits),
    sweep === null ? "" : sweepText(ctx, sweep),
  ].join("");
}

function headText(ctx: CommandContext, report: BacktestReport): string {
  const { coverage, fill, seed, strategies, version } = report;
  const span =
    coverage.found === null
      ? "nothing was recorded of what was asked for"
      : `${minuteText(coverage.found.from)} to ${minuteText(coverage.found.to)} UTC, ${coverage.events} events, ${coverage.windows} windows`;
  return [
    wrapped(ctx.clean(`backtest of ${report.source}`), "  "),
    wrapped(span, "  "),
    wrapped(
      ctx.clean(`${strategies.join(", ")}; ${fill} fills, kbt ${version}, seed ${seed}`),
      "  ",
    ),
  ].join("");
}

const MOST_REASONS = 5;

/** Why most of it was not traded; `kbt why` tells more. */
function funnelText(ctx: CommandContext, { evaluations, reasons }: BacktestReport): string {
  if (evaluations === 0) return "nothing was evaluated\n";
  const shares = reasons
    .slice(0, MOST_REASONS)
    .map(
      ({ count, reason }) =>
        `${percent(count / evaluations)} ${reason === "edge" ? "edge (traded)" : reason}`,
    );
  const others = reasons.length > MOST_REASONS ? ", and others" : "";
  return wrapped(ctx.clean(`${evaluations} evaluations: ${shares.join(", ")}${others}`), "  ");
}

async function tradesText(ctx: CommandContext, report: BacktestReport): Promise<string> {
  const { hold_out: heldOut, metrics } = report;
  const parts =
    heldOut === null
      ? []
      : [
          { title: `first ${percentWhole(1 - heldOut.share)}`, metrics: heldOut.fit },
          { title: `last ${percentWhole(heldOut.share)}`, metrics: heldOut.hold_out },
        ];
  const table = metricsTable([{ title: "all", metrics }, ...parts], report.confidence);
  return [
    wrapped(evidenceText(report)),
    await ctx.table(table),
    heldOut === null ? "" : wrapped(boundaryText(heldOut)),
  ].join("");
}

function boundaryText({ boundary, straddling_events: events }: HoldOutData): string {
  const left =
    events.length === 0 ? "" : `; ${events.length} events open across it are in neither part`;
  return `The parts meet at ${minuteText(boundary)} UTC${left}.`;
}

/** How much may be read into the numbers above. */
function evidenceText({ metrics, minimum_detectable_edge: edge }: BacktestReport): string {
  const { windows } = metrics;
  const showing =
    edge === null || edge >= 1
      ? ""
      : ` With ${windows} only an edge of ${Math.ceil(edge * 100)} cents a contract or more would show.`;
  if (windows >= ENOUGH_WINDOWS)
    return `A window counts once, however many trades it has.${showing}`;
  return `TOO LITTLE TO SAY ANYTHING: ${windowsWere(windows)} traded, and intervals begin to mean something at ${ENOUGH_WINDOWS}.${showing}`;
}

const percentWhole = (share: number): string => `${Math.round(share * 100)}%`;
