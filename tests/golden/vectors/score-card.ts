import { readingsOf } from "./compare.ts";
import type { VectorCase, VectorFunctions } from "./vector-case.ts";

/** How the product did on one vector file. */
export interface ScoreCard {
  readonly file: string;
  /** Names of the functions that ran. */
  readonly functions: readonly string[];
  readonly cases: number;
  /** Cases beyond their tolerance, without an adapter, or without an answer, each with the reason. */
  readonly failed: readonly string[];
  /** Largest error as a share of its tolerance, and the case that has it. */
  readonly worstShare: number;
  readonly worstShareId: string;
  /** Largest absolute error, and the case that has it. */
  readonly worstError: number;
  readonly worstErrorId: string;
}

/** Runs every case of a file; a case without an adapter, or one that throws, fails like one that is wrong. */
export function scoreCard(
  file: string,
  cases: readonly VectorCase[],
  functions: VectorFunctions,
): ScoreCard {
  const failed: string[] = [];
  let share = { value: 0, id: "-" };
  let error = { value: 0, id: "-" };
  for (const one of cases) {
    const run = Object.hasOwn(functions, one.fn) ? functions[one.fn] : undefined;
    if (run === undefined) {
      failed.push(`${one.id}: no adapter for ${one.fn}`);
      continue;
    }
    try {
      const readings = readingsOf(one, run(one.input as never));
      if (readings.length === 0) failed.push(`${one.id}: nothing is expected of it`);
      for (const reading of readings) {
        if (reading.share > share.value) share = { value: reading.share, id: one.id };
        if (reading.error > error.value) error = { value: reading.error, id: one.id };
        if (reading.share <= 1) continue;
        failed.push(
          `${one.id} ${reading.at}: got ${text(reading.got)}, expected ${text(reading.expected)}`,
        );
      }
    } catch (cause) {
      failed.push(`${one.id}: ${String(cause)}`);
    }
  }
  return {
    file,
    functions: [...new Set(cases.map((one) => one.fn))],
    cases: cases.length,
    failed,
    worstShare: share.value,
    worstShareId: share.id,
    worstError: error.value,
    worstErrorId: error.id,
  };
}

function text(value: unknown): string {
  return typeof value === "number" ? String(value) : JSON.stringify(value);
}

/** The cards as a table of plain text. */
export function tableOf(title: string, cards: readonly ScoreCard[]): string {
  const rows = cards.map((card) => [
    card.file,
    String(card.functions.length),
    String(card.cases),
    String(card.failed.length),
    `${(100 * card.worstShare).toPrecision(3)} %`,
    card.worstShareId,
    card.worstError.toExponential(2),
    card.worstErrorId,
  ]);
  const head = [
    "file",
    "fns",
    "cases",
    "failed",
    "of tolerance",
    "in case",
    "abs error",
    "in case",
  ];
  const widths = head.map((name, k) =>
    Math.max(name.length, ...rows.map((row) => row[k]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, k) => cell.padEnd(widths[k] ?? 0))
      .join("  ")
      .trimEnd();
  return [title, line(head), ...rows.map(line)].join("\n");
}
