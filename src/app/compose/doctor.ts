import type { Config } from "../../config/schema.ts";
import { KbtError } from "../../core/errors.ts";
import type { CommandContext, CommandResult, DoctorOptions } from "../context.ts";
import { alertLines } from "./doctor/alerts.ts";
import { exchangeLines, KEY, keyLine } from "./doctor/exchange.ts";
import { feedLines } from "./doctor/feeds.ts";
import { type Finding, linesOf } from "./doctor/finding.ts";
import {
  configLine,
  databaseLine,
  diskLine,
  fileLines,
  killLine,
  limitLines,
  nodeLine,
  sqliteLine,
} from "./doctor/machine.ts";
import type { Environment } from "./environment.ts";
import { kalshiRest } from "./feeds.ts";
import { openEnvironment } from "./open-environment.ts";
import { steppedClock } from "./stepped-clock.ts";

/** `kbt doctor`: the set-up line by line. A check that fails makes exit 10; a warning does not. */
export async function doctor(ctx: CommandContext, options: DoctorOptions): Promise<CommandResult> {
  const { config, tomlPath } = await ctx.loadConfig();
  const findings: Finding[] = [
    nodeLine(),
    sqliteLine(),
    configLine(tomlPath),
    ...limitLines(config),
    databaseLine(config),
    ...(await fileLines(config, ctx.cwd)),
    await diskLine(config),
    killLine(config),
    ...(await outside(ctx, config, options)),
    ...(options.alerts ? await alertLines(config, ctx.signal) : []),
  ];
  const failed = findings.filter(({ state }) => state === "fail");
  const error = failed.length === 0 ? null : doctorFailed(findings.length, failed);
  return {
    exitCode: error === null ? 0 : 10,
    data: { checks: findings, failed: failed.length },
    text: await doctorText(ctx, findings),
    warnings: [],
    ...(error === null ? {} : { error }),
  };
}

async function outside(
  ctx: CommandContext,
  config: Config,
  options: DoctorOptions,
): Promise<Finding[]> {
  let env: Environment;
  try {
    env = await openEnvironment(config, options.sim);
  } catch (error) {
    return [linesOf(KEY).fail(error)];
  }
  try {
    const rest = kalshiRest(env, steppedClock(env));
    const answers = await exchangeLines({ config, env, rest }, ctx.signal);
    ctx.progress.update("waiting for the first message of each feed");
    const feeds = await feedLines({ config, env, rest: kalshiRest(env) }, ctx.signal);
    return [keyLine(env), ...answers, ...feeds];
  } finally {
    await env.close();
  }
}

/** A table of what was seen, and under it what to do about every line that is not right. */
async function doctorText(ctx: CommandContext, findings: readonly Finding[]): Promise<string> {
  const table = await ctx.table({
    columns: [{ title: "check" }, { title: "state" }, { title: "what was seen" }],
    rows: findings.map(({ check, detail, state }) => [check, state, ctx.clean(detail, 200)]),
  });
  const advice = findings
    .filter(({ state }) => state === "warn" || state === "fail")
    .map(
      ({ check, state, todo, why }) =>
        `\n${state} ${check}\n  why: ${why}\n  do:  ${ctx.clean(todo ?? "", 400)}\n`,
    );
  return `${table}${advice.join("")}`;
}

function doctorFailed(all: number, failed: readonly Finding[]): KbtError {
  return new KbtError({
    kind: "check",
    code: "DOCTOR_FAILED",
    message: `${failed.length} of ${all} checks failed: ${failed.map(({ check }) => check).join(", ")}`,
    hint: "each failed line above says what to do",
  });
}
