import type { ClusterMean } from "../../../src/core/calibration/intervals.ts";
import type { ModelsReport, Section } from "./report.ts";
import type { Line } from "./scoring.ts";

/** The report as the Markdown that docs/models.md shows. */
export function markdownOf(report: ModelsReport): string {
  const parts = report.sections.map(sectionText);
  return [...parts, lagText(report), chainText(report)].join("\n");
}

function sectionText({ facts, lines, sources, title }: Section): string {
  const [first = ""] = sources;
  const scores = table(
    ["to close", "windows", "rows", ...both(sources)],
    lines.map((line) => [
      line.bucket,
      `${line.windows}`,
      `${line.rows}`,
      ...sources.map((source) => (line.scores[source]?.brier ?? Number.NaN).toFixed(4)),
      ...sources.map((source) => (line.scores[source]?.logLoss ?? Number.NaN).toFixed(4)),
    ]),
  );
  const gains = table(
    ["to close", ...both(pairNames(lines[0], first))],
    lines.map((line) => [line.bucket, ...gainCells(line)]),
  );
  const notes = facts.map((fact) => `- ${fact}`).join("\n");
  return `### ${title}\n\n${notes}\n\n${scores}\nGain of the ${first} (or of the source named), ten-thousandths, ± s.e. by window, * where |t| gives p < 0.05:\n\n${gains}`;
}

function both(names: readonly string[]): string[] {
  return [...names.map((name) => `Brier ${name}`), ...names.map((name) => `log loss ${name}`)];
}

function pairNames(line: Line | undefined, first: string): string[] {
  const gains = line?.gains ?? [];
  return gains.map(({ over, source }) => `${source === first ? "" : `${source} `}on ${over}`);
}

function gainCells({ gains }: Line): string[] {
  return [
    ...gains.map(({ brier }) => gainText(brier)),
    ...gains.map(({ logLoss }) => gainText(logLoss)),
  ];
}

/** Below six clusters a t-test says nothing that can be relied on, so it is not starred. */
function gainText({ df, mean, p, se }: ClusterMean): string {
  const sign = mean >= 0 ? "+" : "−";
  const error = Number.isFinite(se) ? (se * 1e4).toFixed(0) : "?";
  return `${sign}${Math.abs(mean * 1e4).toFixed(0)} ± ${error}${df >= 5 && p < 0.05 ? " *" : ""}`;
}

function lagText({ lags }: ModelsReport): string {
  const rows = lags.map(({ at, best, bestMs, clock, file, offsetMs }) => [
    file.slice(0, 15),
    clock === "recvMs" ? "recorder" : "exchanges",
    `${bestMs}`,
    best.toFixed(2),
    ...at.map((each) => each.toFixed(2)),
    ...offsetMs.map((each) => each.toFixed(0)),
  ]);
  const head = ["session", "clock", "best lag ms", "there", "-2 s", "-1 s", "0", "1 s", "2 s"];
  const offsets = ["spot offset ms", "book offset ms"];
  return `### Clocks: correlation of the mid's changes with spot's\n\n${table([...head, ...offsets], rows)}`;
}

function chainText({ chain }: ModelsReport): string {
  const { adjacent, chained, interval, rms, thresholds, ties, windows, yes } = chain;
  const rows = thresholds.map((line) => [
    `${line.sd}`,
    `${line.windows}`,
    line.above.toFixed(3),
    line.interval.map((end) => end.toFixed(3)).join("–"),
    line.student.toFixed(3),
    line.normal.toFixed(3),
    line.studentLogLoss.toFixed(4),
    line.normalLogLoss.toFixed(4),
  ]);
  const facts = [
    `${yes} of ${windows} settled YES, 95 % interval ${interval.map((end) => end.toFixed(3)).join("–")}; ${ties} ties`,
    `${chained} of ${adjacent} strikes equal the value of the window before`,
    `rms of settlement in standard deviations: ${rms.toFixed(3)}`,
  ];
  const head = ["threshold sd", "windows", "above", "95 %", "student", "normal"];
  const losses = ["log loss student", "log loss normal"];
  return `### settled-KXBTC15M.csv, thresholds off the money\n\n${facts.map((fact) => `- ${fact}`).join("\n")}\n\n${table([...head, ...losses], rows)}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return rowText(head) + `|${head.map(() => "---|").join("")}\n` + rows.map(rowText).join("");
}

function rowText(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |\n`;
}
