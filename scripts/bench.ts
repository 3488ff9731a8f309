// How fast kbt is: `npm run bench -- --suite NAME --rounds N --quick --json --check` (docs/performance.md). Ratios of one
// run count; absolute figures are of the machine and the minute they were printed on.

import { parseArgs } from "node:util";
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

const { values } = parseArgs({
  options: {
    suite: { type: "string", multiple: true, default: [] },
    rounds: { type: "string" },
    quick: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    check: { type: "boolean", default: false },
  },
});

const lines: Line[] = [];
const chosen = chosenSuites(values.suite);
const rounds = Number(values.rounds ?? (values.quick ? ROUNDS_QUICK : ROUNDS));
if (!Number.isInteger(rounds) || rounds < 1) throw new Error("--rounds takes a whole number");
await withBench({ rounds, quick: values.quick, say }, async (bench) => {
  for (const suite of chosen) await suite.run(bench);
});
if (values.check) check();

function chosenSuites(names: readonly string[]): readonly Suite[] {
  if (names.length === 0) return SUITES;
  const all = [...SUITES, ...APART];
  return names.map((name) => {
    const suite = all.find((one) => one.name === name);
    if (suite !== undefined) return suite;
    throw new Error(`there is no suite '${name}'; there are ${all.map((s) => s.name).join(", ")}`);
  });
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
