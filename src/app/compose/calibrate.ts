import { createSystemClock } from "../../adapters/platform/system-clock.ts";
import { turn } from "../../adapters/platform/turn.ts";
import { openReader } from "../../adapters/sqlite/open.ts";
import { KbtError } from "../../core/errors.ts";
import type { Proof } from "../../core/proof/proof.ts";
import { namedStrategies } from "../../strategies/registry.ts";
import { renderCalibration } from "../calibrate-report.ts";
import type { CalibrateOptions, CommandContext, CommandResult } from "../context.ts";
import { resolveTime } from "../time-bound.ts";
import { type Evidence, evidenceSteps } from "./proof.ts";

/** `kbt calibrate`: is there an edge? Scores what was traded on against the market, on settled evaluations. */
export async function calibrate(
  ctx: CommandContext,
  options: CalibrateOptions,
): Promise<CommandResult> {
  const { config } = await ctx.loadConfig();
  // Refuses names that no strategy has, before an empty report could pass for an answer.
  const strategies = namedStrategies(options.strategies);
  const nowMs = createSystemClock().nowMs();
  const filter = {
    strategies,
    series: options.series,
    mode: options.mode ?? undefined,
    since: resolveTime(options.since, nowMs),
    until: resolveTime(options.until, nowMs),
  };
  const reader = openReader(config.storage.db_path);
  try {
    const minWindows = options.minWindows ?? undefined;
    const evidence = await inView(ctx, evidenceSteps(reader, { filter, minWindows }));
    if (options.html !== null) {
      const { writeReport } = await import("./calibrate-html.ts");
      const { proof } = evidence;
      await writeReport(reader, {
        path: options.html,
        proof,
        filter,
        version: ctx.version,
        nowMs,
      });
    }
    const error = options.requireProof ? notProven(evidence.proof) : null;
    return {
      exitCode: error === null ? 0 : 10,
      data: { ...evidence, html: options.html },
      text: `${await renderCalibration(ctx, evidence)}${writtenText(options.html)}`,
      warnings: [],
      ...(error === null ? {} : { error }),
    };
  } finally {
    ctx.progress.stop();
    reader.close();
  }
}

/** What takes less says nothing of its progress. */
const SILENT_MS = 1_000;

async function inView(ctx: CommandContext, steps: Generator<string, Evidence>): Promise<Evidence> {
  const clock = createSystemClock();
  const began = clock.monoMs();
  let step = steps.next();
  while (step.done !== true) {
    if (clock.monoMs() - began > SILENT_MS) ctx.progress.update(step.value);
    // Pure computation: without a turn neither a signal nor the progress line would get through.
    await turn();
    ctx.signal.throwIfAborted();
    step = steps.next();
  }
  return step.value;
}

function writtenText(path: string | null): string {
  return path === null ? "" : `report written to ${path}\n`;
}

/** Null only when the edge is confirmed. */
function notProven({ verdict }: Proof): KbtError | null {
  if (verdict.name === "CONFIRMED") return null;
  return new KbtError({
    kind: "check",
    code: "EDGE_NOT_PROVEN",
    message: `the edge is not confirmed: ${verdict.name}, ${verdict.reason}`,
    hint:
      verdict.name === "KILL"
        ? "do not trade this; kbt calibrate shows what speaks against it"
        : "collect more settled windows on paper",
  });
}
