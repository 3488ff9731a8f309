import { BUILD_COMMIT } from "../../adapters/platform/build-commit.ts";
import { createSystemClock } from "../../adapters/platform/system-clock.ts";
import { turn } from "../../adapters/platform/turn.ts";
import { openReader, type Reader } from "../../adapters/sqlite/open.ts";
import { inputSums } from "../../adapters/sqlite/queries/input-sums.ts";
import { recordedRows, settledByTool } from "../../adapters/sqlite/queries/recorded-rows.ts";
import { inputNumbers, type RunProof, runProof } from "../../adapters/sqlite/queries/run-proof.ts";
import { thinnedOf } from "../../adapters/sqlite/queries/thinned.ts";
import { countEvents, numberedStretches } from "../../adapters/sqlite/replay.ts";
import type { Config } from "../../config/schema.ts";
import { readStoredConfig } from "../../config/stored.ts";
import { KbtError } from "../../core/errors.ts";
import type { CommandContext, CommandResult } from "../context.ts";
import { BreakerDesk } from "../live/breaker-desk.ts";
import { tellGate } from "../live/recorded-gate.ts";
import { createPace } from "../pace.ts";
import { InputCheck } from "../replay/input-check.ts";
import { replayRun } from "../replay/replay-run.ts";
import { Witness } from "../replay/witness.ts";
import { Session, type SessionParts } from "../session.ts";
import { verifyError, verifyReport, verifyText } from "../verify-report.ts";
import { entryGuard, pastOfStart } from "./live-rules.ts";
import { cashLedger } from "./live-tasks.ts";
import { type LiveStart, type RunStart, startedEngine } from "./run-start.ts";
import { buildSimVenue } from "./sim-venue.ts";

/** `kbt backtest --verify RUN`: the run once more from its own inputs, held against what it left behind. */
export async function verify(ctx: CommandContext, runId: number): Promise<CommandResult> {
  const { config } = await ctx.loadConfig();
  const reader = openReader(config.storage.db_path);
  try {
    const proof = provable(reader, runId);
    const { parts, warnings } = wire(ctx, reader, proof);
    const result = await replayRun(parts);
    ctx.progress.stop();
    const report = verifyReport({ proof, result, witness: parts.witness, inputs: parts.inputs });
    const text = verifyText(ctx, report);
    if (report.identical) return { exitCode: 0, data: report, text, warnings };
    return { exitCode: 10, data: report, text, warnings, error: verifyError(report) };
  } finally {
    ctx.progress.stop();
    reader.close();
  }
}

/** The run, if a replay of it can be expected to be the same. */
function provable(reader: Reader, runId: number): RunProof {
  const proof = runProof(reader, runId);
  if (proof === undefined) {
    throw usage("RUN_MISSING", `there is no run ${runId} in ${reader.path}`);
  }
  if (proof.startJson === null && proof.mode !== "paper") {
    const why =
      proof.mode === "live"
        ? "an order by hand or a drill, or of before what the exchange answered was kept"
        : "it has no inputs and decisions of its own";
    throw usage("RUN_NOT_VERIFIABLE", `run ${runId} is a ${proof.mode} run: ${why}`);
  }
  if (proof.endedMs === null) {
    throw usage("RUN_GOES_ON", `run ${runId} has not ended: verify it when it has`);
  }
  const [thinned] = thinnedOf(reader, runId);
  if (thinned !== undefined) {
    throw new KbtError({
      kind: "data",
      code: "INPUTS_THINNED",
      message: `run ${runId} cannot be replayed: --retain removed ${thinned.rows} of its ${thinned.table}`,
      hint: "a run can be verified as long as nothing of it was thinned out",
    });
  }
  return proof;
}

function usage(code: string, message: string): KbtError {
  return new KbtError({
    kind: "usage",
    code,
    message,
    hint: "kbt ledger shows trades with their runs; paper and live say their run at their end",
  });
}

function wire(ctx: CommandContext, reader: Reader, proof: RunProof) {
  const { runId } = proof;
  const { config, beside } = readStoredConfig(proof.configJson, runId);
  const start = startOf(proof, beside);
  const sums = inputSums(reader, runId);
  const { first, killed } = inputNumbers(runId);
  const witness = new Witness(runId, (kind) => recordedRows(reader, runId, kind), {
    wasKilled: proof.finishedMs === null,
    settledByTool: settledByTool(reader, runId),
  });
  const session = new Session({
    ...(start.live === undefined
      ? simulated(config, { runId, mode: proof.mode, start, witness })
      : told(reader, config, { runId, start, live: start.live, witness })),
    // Its values were recorded like the exchange's own.
    proxy: null,
    startMs: proof.startedMs,
    secondsAreRecorded: true,
    // What the feed answered is among the inputs.
    resync: () => {},
  });
  const pace = createPace(createSystemClock(), countEvents(reader, runId));
  const parts = {
    stretches: numberedStretches(reader, runId),
    session,
    witness,
    inputs: sums.size === 0 ? null : new InputCheck(sums),
    first,
    killed,
    finishedMs: proof.finishedMs,
    toError: (error: unknown) => unreadable(error, runId),
    onProgress: async (events: number) => {
      ctx.progress.update(`verify run ${runId}: ${pace.line(events, "events")}`);
      await turn();
      ctx.signal.throwIfAborted();
    },
  };
  return { parts, warnings: warningsOf(ctx, proof, sums.size > 0) };
}

type TradingParts = Pick<SessionParts, "recorder" | "engine" | "venue" | "toGate">;

/** Fills are made again from the market's own events. */
function simulated(
  config: Config,
  run: {
    readonly runId: number;
    readonly mode: string;
    readonly start: RunStart;
    readonly witness: Witness;
  },
): TradingParts {
  const { mode, runId, start, witness } = run;
  const engine = startedEngine(config, { runId, runKey: `${mode}/${runId}` }, start);
  return { recorder: witness, engine, venue: buildSimVenue(config, engine) };
}

/** What the exchange answered, and what stopped or held trading, comes with the events; nothing is sent anywhere. */
function told(
  reader: Reader,
  config: Config,
  run: {
    readonly runId: number;
    readonly start: RunStart;
    readonly live: LiveStart;
    readonly witness: Witness;
  },
): TradingParts {
  const { live, runId, start, witness } = run;
  const { expected, runKey, staleMsMax, used } = live;
  const past = pastOfStart(reader, config, used);
  const guard = entryGuard(config, past);
  const engine = startedEngine(config, { runId, runKey, staleMsMax, guard }, start);
  for (const order of expected) engine.expect(order);
  const cash = cashLedger();
  // Losses count against later entries; what they latched was told to the gate.
  const desk = new BreakerDesk(past, () => {});
  return {
    recorder: desk.hear(cash.watch(witness)),
    engine,
    venue: null,
    toGate: (input) => tellGate(engine.gate, input, () => cash.spent().cost),
  };
}

function startOf(
  { runId, startJson }: RunProof,
  beside: Readonly<Record<string, unknown>>,
): RunStart {
  if (startJson === null) {
    throw new KbtError({
      kind: "data",
      code: "RUN_TOO_OLD",
      message: `run ${runId} was recorded before runs stored what they started from`,
      hint: `it started with ${JSON.stringify(beside["strategies"] ?? [])}; record a new run to verify`,
    });
  }
  const start: RunStart = JSON.parse(startJson);
  return start;
}

function warningsOf(ctx: CommandContext, proof: RunProof, hasSums: boolean): string[] {
  const warnings: string[] = [];
  if (proof.version !== ctx.version || differs(proof.commit, BUILD_COMMIT)) {
    warnings.push(
      `run ${proof.runId} was made by kbt ${proof.version} (${proof.commit ?? "unknown build"}), this is ${ctx.version} (${BUILD_COMMIT ?? "from source"}): a difference may be the code's`,
    );
  }
  if (proof.finishedMs === null) {
    warnings.push(`run ${proof.runId} was killed: it is compared as far as its inputs are on file`);
  }
  if (!hasSums)
    warnings.push(`run ${proof.runId} has no sums of its inputs: only its decisions are compared`);
  return warnings;
}

function differs(recorded: string | null, own: string | null): boolean {
  return recorded !== null && own !== null && recorded !== own;
}

/** What is on file is no event any more: a damaged packed stretch, JSON that is none. */
function unreadable(error: unknown, runId: number): KbtError {
  const cause = error instanceof Error ? error.message : String(error);
  return new KbtError({
    kind: "check",
    code: "INPUT_UNREADABLE",
    message: `an input of run ${runId} cannot be read: ${cause}`,
    hint: "the database was changed after the run, or is damaged: restore a copy",
    cause: error,
  });
}
