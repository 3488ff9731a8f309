// Runs the tests against lenient variants of the exchange: each breaks one rule, and the test named beside it must fail.
// `npm run sabotage`; a name as argument runs that variant alone.

import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Variant } from "../tests/sabotage/variant.ts";
import { VARIANTS } from "../tests/sabotage/variants.ts";

const ROOT = path.resolve(import.meta.dirname, "..");
const VITEST = path.join(ROOT, "node_modules/vitest/vitest.mjs");
const AT_ONCE = 2;

interface Report {
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

const asPattern = (name: string): string => name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** The named test and its control alone, where there is one. */
function namesOf({ control, test }: Variant): string[] {
  if (control === undefined) return [];
  return ["--testNamePattern", `${asPattern(test)}|${asPattern(control)}`];
}

function runVitest(variant: Variant, output: string): Promise<string> {
  const args = ["run", variant.testFile, "--config", "tests/sabotage/vitest.config.ts"];
  const reporters = ["--reporter=json", `--outputFile=${output}`];
  const child = spawn(process.execPath, [VITEST, ...args, ...namesOf(variant), ...reporters], {
    cwd: ROOT,
    env: { ...process.env, KBT_SABOTAGE: variant.name },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let errors = "";
  child.stderr.on("data", (chunk: Buffer) => {
    errors += chunk.toString();
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", () => resolve(errors));
  });
}

/** Null when the named test failed, else what happened instead. */
async function tryVariant(variant: Variant, folder: string): Promise<string | null> {
  const output = path.join(folder, `${variant.name}.json`);
  const errors = await runVitest(variant, output);
  const text = await readFile(output, "utf8").catch(() => null);
  if (text === null) return `the tests did not run: ${errors.trim().split("\n")[0] ?? ""}`;
  const report: Report = JSON.parse(text);
  const all = report.testResults.flatMap(({ assertionResults }) => assertionResults);
  const ran = all.filter(({ status }) => status === "passed" || status === "failed");
  const named = ran.filter(({ fullName }) => fullName.includes(variant.test));
  if (named.length === 0) return `no test '${variant.test}' ran`;
  // One rule is broken, not the program: whoever fails everything proves nothing.
  if (ran.every(({ status }) => status === "failed")) return "every test fails";
  return named.some(({ status }) => status === "failed") ? null : "the test still passes";
}

const [only] = process.argv.slice(2);
const waiting = VARIANTS.filter(({ name }) => only === undefined || name === only);
const total = waiting.length;
const folder = await mkdtemp(path.join(tmpdir(), "kbt-sabotage-"));
let missed = 0;

async function work(): Promise<void> {
  for (let variant = waiting.shift(); variant !== undefined; variant = waiting.shift()) {
    const problem = await tryVariant(variant, folder);
    if (problem !== null) missed++;
    process.stdout.write(
      problem === null ? `caught  ${variant.name}\n` : `MISSED  ${variant.name}: ${problem}\n`,
    );
  }
}

try {
  await Promise.all(Array.from({ length: AT_ONCE }, work));
} finally {
  await rm(folder, { recursive: true, force: true });
}
process.stdout.write(`${total - missed} of ${total} lenient variants caught\n`);
process.exitCode = missed === 0 && total > 0 ? 0 : 1;
