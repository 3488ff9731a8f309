// How fast kbt is: `npm run bench -- --suite NAME --rounds N --quick --json --check` (docs/performance.md). Ratios of one
// run count; absolute figures are of the machine and the minute they were printed on.

import { Command, InvalidArgumentError, Option } from "commander";
import { type Suite, withBench } from "./bench/bench.ts";
import { type Line, render } from "./bench/line.ts";
import { bookSuite } from "./bench/suites/book.ts";
import { calibrateSuite } from "./bench/suites/calibrate.ts";
import { cliSuite } from "./bench/suites/cli.ts";
import { compactSuite } from "./bench/suites/compact.ts";
import { decodeSuite } from "./bench/suites/decode.ts";
import { ingestSuite } from "./bench/suites/ingest.ts";
import { modelSuite } from "./bench/suites/model.ts";
import { pathSuite } from "./bench/suites/path.ts";
import { proofSuite } from "./bench/suites/proof.ts";
import { replaySuite } from "./bench/suites/replay.ts";
import { simSuite } from "./bench/suites/sim.ts";
import { sizeSuite } from "./bench/suites/size.ts";

const SUITES: readonly Suite[] = [
  decodeSuite,
  bookSuite,
  ingestSuite,
  sizeSuite,
  compactSuite,
  modelSuite,
  pathSuite,
  replaySuite,
  proofSuite,
  cliSuite,
];
/** Not part of a run that names no suite: they take a minute and more each. */
const APART: readonly Suite[] = [calibrateSuite, simSuite];
const ROUNDS = 5;
const ROUNDS_QUICK = 3;

const program = new Command("npm run bench --")
  .description(
    "Measures kbt beside its references and, with --check, judges it (docs/performance.md).",
  )
  .addOption(
    new Option("--suite <names...>", "these alone, else all but calibrate and sim").choices(
      [...SUITES, ...APART].map(({ name }) => name),
    ),
  )
  .option(
    "--rounds <n>",
    `how often each is measured, ${ROUNDS} (quick: ${ROUNDS_QUICK})`,
    wholeNumber,
  )
  .option("--quick", "less of everything: for a look, not for a figure", false)
  .option("--json", "one JSON object a line", false)
  .option("--check", "exit 1 when a target is missed", false)
  .allowExcessArguments(false)
  .configureHelp({ helpWidth: 80 })
  .parse();
const values = program.opts<{
  suite?: string[];
  rounds?: number;
  quick: boolean;
  json: boolean;
  check: boolean;
}>();

const lines: Line[] = [];
const rounds = values.rounds ?? (values.quick ? ROUNDS_QUICK : ROUNDS);
const chosen =
  values.suite === undefined
    ? SUITES
    : [...SUITES, ...APART].filter(({ name }) => values.suite?.includes(name));
await withBench({ rounds, quick: values.quick, say }, async (bench) => {
  for (const suite of chosen) await suite.run(bench);
});
if (values.check) check();

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError("Not 1, 2, 3, …");
  return value;
}

function say(line: Line): void {
  lines.push(line);
  process.stdout.write(`${values.json ? JSON.stringify(line) : render(line)}\n`);
}

/** Tells what was missed, and what nobody can say anything about. */
function check(): void {
  const judged = lines.filter(({ target }) => target !== null);
  for (const line of judged) {
    if (line.verdict === "noisy" || line.verdict === "absent") {
      process.stderr.write(`not judged (${line.verdict}): ${render(line)}\n`);
    }
  }
  const missed = judged.filter(({ verdict }) => verdict === "missed");
  for (const line of missed) process.stderr.write(`missed: ${render(line)}\n`);
  if (missed.length > 0) process.exitCode = 1;
}
