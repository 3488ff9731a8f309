import { isoTime } from "../core/iso-time.ts";
import type { Ms } from "../core/units.ts";
import type { CommandContext } from "./context.ts";

// What `collect --backfill` says while it works and at its end.

const BACKFILL_STEPS = ["markets", "candles", "trades", "spot"] as const;
export type BackfillStepName = (typeof BACKFILL_STEPS)[number];

/** How far one step is, in its own parts: series, markets, or days of a product. */
export interface BackfillStep {
  readonly name: BackfillStepName;
  readonly done: number;
  readonly total: number;
  /** Of these, on file from an earlier run. */
  readonly skipped: number;
}

export interface BackfillReport {
  readonly run_id: number;
  readonly environment: string;
  readonly from_ms: Ms;
  readonly from: string;
  readonly to_ms: Ms;
  readonly to: string;
  readonly ended_by: "done" | "signal" | "error";
  readonly seconds: number;
  readonly steps: readonly BackfillStep[];
  /** Rows added, by table. */
  readonly rows: Readonly<Record<string, number>>;
  /** Parts that could not be had; the first few by name. */
  readonly problems: number;
  readonly problem_texts: readonly string[];
}

export interface BackfillFacts
  extends Pick<BackfillReport, "environment" | "ended_by" | "problems" | "problem_texts"> {
  readonly runId: number;
  readonly fromMs: Ms;
  readonly toMs: Ms;
  readonly realMs: Ms;
  readonly steps: readonly BackfillStep[];
  readonly rows: ReadonlyMap<string, number>;
}

/** Shown in this order, also when nothing was added. */
const TABLES = ["kalshi_markets", "settlements", "market_candles", "kalshi_trades", "candles"];

export function backfillReport(facts: BackfillFacts): BackfillReport {
  return {
    run_id: facts.runId,
    environment: facts.environment,
    from_ms: facts.fromMs,
    from: isoTime(facts.fromMs),
    to_ms: facts.toMs,
    to: isoTime(facts.toMs),
    ended_by: facts.ended_by,
    seconds: Math.round(facts.realMs / 100) / 10,
    steps: facts.steps,
    rows: Object.fromEntries(TABLES.map((table) => [table, facts.rows.get(table) ?? 0])),
    problems: facts.problems,
    problem_texts: facts.problem_texts,
  };
}

const PARTS: Readonly<Record<BackfillStepName, string>> = {
  markets: "series listed",
  candles: "markets with their candles",
  trades: "markets with their trades",
  spot: "days of spot candles",
};

export async function renderBackfill(ctx: CommandContext, report: BackfillReport): Promise<string> {
  const steps = await ctx.table({
    columns: [
      { title: "step" },
      { title: "done", align: "right" },
      { title: "of", align: "right" },
      { title: "on file before", align: "right" },
    ],
    rows: report.steps.map(({ done, name, skipped, total }) => [
      PARTS[name],
      String(done),
      String(total),
      String(skipped),
    ]),
  });
  const rows = await ctx.table({
    columns: [{ title: "table" }, { title: "rows added", align: "right" }],
    rows: Object.entries(report.rows).map(([table, count]) => [table, String(count)]),
  });
  const rest = report.problems > 0 ? `${report.problems} parts could not be had\n` : "";
  return [
    steps,
    rows,
    `run ${report.run_id} on ${report.environment}, ${toMinute(report.from)} to ${toMinute(report.to)}\n`,
    `${report.seconds} s, ${ENDS[report.ended_by]}\n`,
    rest,
  ].join("");
}

/** `2026-11-02T14:03Z`: both ends and the exchange fit into a line of 80. */
function toMinute(iso: string): string {
  return `${iso.slice(0, 16)}Z`;
}

const ENDS: Readonly<Record<BackfillReport["ended_by"], string>> = {
  done: "complete",
  signal: "stopped on request; the same command goes on from here",
  error: "ended early; the same command goes on from here",
};

/** Says how fast one step goes on and when it will be over. */
export class BackfillPace {
  #name: BackfillStepName | null = null;
  #sinceMs: Ms = 0;
  #from = 0;

  /** `backfill 2/4 · 120/376 markets with their candles, 9.8 a second, 26s left`. */
  line(step: BackfillStep, nowMs: Ms): string {
    if (step.name !== this.#name) {
      this.#name = step.name;
      this.#sinceMs = nowMs;
      this.#from = step.done;
    }
    const at = BACKFILL_STEPS.indexOf(step.name) + 1;
    const head = `backfill ${at}/${BACKFILL_STEPS.length} · ${step.done}/${step.total} ${PARTS[step.name]}`;
    const elapsedS = (nowMs - this.#sinceMs) / 1000;
    const rate = elapsedS > 0 ? (step.done - this.#from) / elapsedS : 0;
    if (rate <= 0) return head;
    const left = lengthText((step.total - step.done) / rate);
    return `${head}, ${rate.toFixed(rate < 10 ? 1 : 0)} a second, ${left} left`;
  }
}

/** `45s`, `3m20s`, `2h05m`, rounded up. */
export function lengthText(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole}s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}m${String(whole % 60).padStart(2, "0")}s`;
  const minutes = Math.floor(whole / 60);
  return `${Math.floor(minutes / 60)}h${String(minutes % 60).padStart(2, "0")}m`;
}
