import { KbtError } from "../core/errors.ts";
import type { MarketEvent } from "../core/events.ts";
import { isoTime } from "../core/iso-time.ts";
import type { Ms } from "../core/units.ts";
import type { CommandContext } from "./context.ts";
import type { ChangedInput, InputCheck } from "./replay/input-check.ts";
import type { ReplayResult } from "./replay/replay-run.ts";
import type { Difference, Witness } from "./replay/witness.ts";

// What `backtest --verify` found, as data and as text.

interface InputText {
  /** Number of the input: run number times 1e10, and the place in the run. */
  readonly ev: number;
  readonly type: MarketEvent["type"];
  readonly recv_ms: Ms;
  readonly recv: string;
  readonly event: MarketEvent;
}

export interface VerifyReport {
  readonly run_id: number;
  readonly identical: boolean;
  readonly events: number;
  readonly decisions: number;
  /** Rolling hash of the replay's rows, and the one that the run ended with; null when it was killed. */
  readonly hash: string;
  readonly stored_hash: string | null;
  /** Whether the inputs were held against their sums. */
  readonly inputs_checked: boolean;
  readonly changed_input: {
    readonly first_ev: number;
    readonly last_ev: number;
    /** As it stands there now; null where several may be meant. */
    readonly input: InputText | null;
    readonly missing: number;
  } | null;
  readonly unreadable_input: { readonly from_ev: number; readonly message: string } | null;
  readonly difference: {
    readonly kind: string;
    readonly row: number;
    readonly field: string;
    readonly stored: unknown;
    readonly replayed: unknown;
    /** Input that led to it; null at the end of the run. */
    readonly input: InputText | null;
  } | null;
  /** Rows of a killed run: on file without their inputs, and of its inputs without being on file. */
  readonly rows_unreached: number;
  readonly rows_lost: number;
}

export function verifyReport(facts: {
  readonly proof: { readonly runId: number; readonly decisionsHash: string | null };
  readonly result: ReplayResult;
  readonly witness: Witness;
  readonly inputs: InputCheck | null;
}): VerifyReport {
  const { inputs, proof, result, witness } = facts;
  const { changed, difference, unreadable } = result;
  const hash = witness.digest();
  const isWhole = difference === null && unreadable === null;
  const sameHash = proof.decisionsHash === null || proof.decisionsHash === hash;
  return {
    run_id: proof.runId,
    identical: isWhole && changed === null && sameHash,
    events: result.events,
    decisions: witness.decisions,
    hash,
    stored_hash: proof.decisionsHash,
    inputs_checked: inputs !== null,
    changed_input: changed === null ? null : changedText(changed),
    unreadable_input:
      unreadable === null
        ? null
        : { from_ev: unreadable.fromEv, message: unreadable.error.message },
    difference: difference === null ? null : differenceText(difference),
    rows_unreached: result.unreached,
    rows_lost: witness.beyond,
  };
}

function changedText({ event, firstEv, foundCount, lastEv, storedCount }: ChangedInput) {
  return {
    first_ev: firstEv,
    last_ev: lastEv,
    input: event === null ? null : inputText({ ev: firstEv, event }),
    missing: Math.max(0, storedCount - foundCount),
  };
}

function differenceText({ at, field, kind, replayed, row, stored }: Difference) {
  return { kind, row, field, stored, replayed, input: at === null ? null : inputText(at) };
}

function inputText({ ev, event }: { readonly ev: number; readonly event: MarketEvent }): InputText {
  return { ev, type: event.type, recv_ms: event.recvMs, recv: isoTime(event.recvMs), event };
}

const EVENT_CHARACTERS_MAX = 400;

export function verifyText({ clean }: CommandContext, report: VerifyReport): string {
  const { changed_input: changed, difference, run_id: run, unreadable_input: unreadable } = report;
  if (report.identical) return identicalText(report);
  const lines = [`run ${run} is NOT what its replay gives`];
  if (changed !== null) {
    lines.push(
      changed.input === null
        ? `  inputs ${changed.first_ev} to ${changed.last_ev} are not those that the run received${changed.missing > 0 ? `: ${changed.missing} are gone` : ""}`
        : `  input ${nameOf(changed.input)} is not what the run received; it now reads\n    ${clean(JSON.stringify(changed.input.event), EVENT_CHARACTERS_MAX)}`,
    );
  }
  if (unreadable !== null) {
    lines.push(
      `  inputs from ${unreadable.from_ev} on cannot be read: ${clean(unreadable.message)}`,
    );
  }
  if (difference !== null) {
    const { field, input, kind, replayed, row, stored } = difference;
    lines.push(
      `  first difference: ${kind} row ${row}, field ${field}`,
      `    stored    ${clean(valueText(stored), EVENT_CHARACTERS_MAX)}`,
      `    replayed  ${clean(valueText(replayed), EVENT_CHARACTERS_MAX)}`,
      `    at ${input === null ? "the end of the run" : `input ${nameOf(input)}`}`,
    );
  } else if (changed === null && unreadable === null) {
    lines.push(
      `  every row on file is the replay's, but the run ended with hash ${report.stored_hash ?? ""}, the replay with ${report.hash}`,
    );
  }
  return `${lines.join("\n")}\n`;
}

function identicalText({
  decisions,
  events,
  hash,
  inputs_checked,
  ...report
}: VerifyReport): string {
  const lines = [
    `run ${report.run_id} is identical to its replay: ${events} inputs, ${decisions} decisions, hash ${hash}`,
  ];
  if (!inputs_checked) lines.push("  its inputs have no sums and were taken as they stand");
  if (report.rows_unreached > 0) {
    lines.push(`  ${report.rows_unreached} rows are on file whose inputs the kill lost`);
  }
  if (report.rows_lost > 0) lines.push(`  ${report.rows_lost} rows were lost with the kill`);
  return `${lines.join("\n")}\n`;
}

function nameOf({ ev, recv, type }: InputText): string {
  return `${ev} (${type} of ${recv})`;
}

function valueText(value: unknown): string {
  return value === undefined ? "no such row" : JSON.stringify(value);
}

export function verifyError(report: VerifyReport): KbtError {
  const { difference, run_id: run } = report;
  const [code, what] =
    report.changed_input !== null || report.unreadable_input !== null
      ? ["INPUTS_CHANGED", "its stored inputs were changed after it was recorded"]
      : [
          "REPLAY_DIFFERS",
          `its replay differs${difference === null ? "" : ` in ${difference.kind}.${difference.field}`}`,
        ];
  return new KbtError({
    kind: "check",
    code: code ?? "",
    message: `run ${run} could not be verified: ${what ?? ""}`,
    hint: "do not trust figures of this run; restore the database from a copy, or report the difference",
  });
}
