import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { EXPORT_WHATS } from "../../../src/app/context.ts";
import { SCENARIOS } from "../../../src/cli/options.ts";
import { DEFAULTS } from "../../../src/config/defaults.ts";
import { BASELINES } from "../../../src/strategies/baselines.ts";
import { strategyNames, wantedStrategies } from "../../../src/strategies/registry.ts";
import { tempFolder } from "../../support/kbt.ts";
import { kbtHere } from "../../support/shell.ts";

// The shells themselves are asked: a script that only looks right is found out here.

const folder = tempFolder();
afterAll(() => folder.remove());
writeFileSync(`${folder.path}/found.sqlite`, "");

async function scriptOf(shell: string): Promise<string> {
  const { code, stderr, stdout } = await kbtHere(["completion", shell], folder.path);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return stdout;
}

/** A test of a shell that this machine may not have; its name says so. */
function withShell(shell: string, name: string, check: () => Promise<void>): void {
  const found = spawnSync(shell, ["--version"]).error === undefined;
  test.skipIf(!found)(`${shell}: ${name}${found ? "" : ` (${shell} IS NOT INSTALLED)`}`, check);
}

async function ask(shell: string, lines: readonly string[]): Promise<string[]> {
  const file = `${folder.path}/kbt.${shell}`;
  writeFileSync(file, await scriptOf(shell));
  const asking = resolve(import.meta.dirname, `../../support/completion/ask.${shell}`);
  const { stderr, stdout } = spawnSync(shell, [asking, file], {
    input: lines.map((line) => `${line}\n`).join(""),
    encoding: "utf8",
    cwd: folder.path,
    env: { PATH: process.env["PATH"] ?? "", HOME: folder.path, TERM: "dumb" },
  });
  expect(stderr).toBe("");
  return stdout.split("\n").slice(0, lines.length);
}

const EXPORTS = EXPORT_WHATS.join(" ");
const words = (text: string): string[] => text.split(" ").toSorted();

/** A line, what is offered for it, and what zsh makes of the line: the same unless one word is offered. */
const CASES: readonly (readonly [line: string, offered: string, typed?: string])[] = [
  ["kbt cal", "calibrate", "kbt calibrate "],
  ["kbt --db x.sqlite led", "ledger", "kbt --db x.sqlite ledger "],
  ["kbt help led", "ledger", "kbt help ledger "],
  ["kbt help err", "errors", "kbt help errors "],
  ["kbt live ", "cancel-all order reset"],
  ["kbt live reset --re", "--reason", "kbt live reset --reason "],
  ["kbt ledger --what ", EXPORTS],
  ["kbt ledger --what de", "deltas", "kbt ledger --what deltas "],
  ["kbt ledger --limit ", ""],
  ["kbt config show --or", "--origin", "kbt config show --origin "],
  ["kbt paper --sim --win", "--windows", "kbt paper --sim --windows "],
  ["kbt paper --sim chaos --win", "--windows", "kbt paper --sim chaos --windows "],
  ["kbt paper --strategy thr", "threshold-ev", "kbt paper --strategy threshold-ev "],
  ["kbt paper --set risk.max_po", "risk.max_position_pct="],
  ["kbt paper --set kalshi.env=demo --onc", "--once", "kbt paper --set kalshi.env=demo --once "],
  ["kbt ledger --db fou", "found.sqlite", "kbt ledger --db found.sqlite "],
];

describe("completion", () => {
  for (const shell of ["bash", "fish"]) {
    withShell(shell, "offers commands, options and values", async () => {
      const lines = [...CASES.map(([line]) => line), "kbt ", "kbt paper --sim="];
      const answers = await ask(shell, lines);
      for (const [at, [line, offered]] of CASES.entries()) {
        expect(words(answers[at] ?? ""), line).toEqual(words(offered));
      }
      const { stdout } = await kbtHere(["--help"], folder.path);
      const commands = [...stdout.matchAll(/^ {2}([a-z]+)(?: \[command\])? {2,}/gm)].map(
        ([, name]) => name,
      );
      expect(words(answers.at(-2) ?? "")).toEqual(words(commands.join(" ")));
      const scenarios = [...SCENARIOS, "replay:"];
      const before = shell === "fish" ? "--sim=" : "";
      expect(words(answers.at(-1) ?? "")).toEqual(
        scenarios.map((name) => `${before}${name}`).toSorted(),
      );
    });
  }

  withShell("bash", "takes lists with commas, and recordings behind replay:", async () => {
    expect(
      await ask("bash", ["kbt paper --strategy momentum,thr", "kbt paper --sim=replay:fou"]),
    ).toEqual(["momentum,threshold-ev", "found.sqlite"]);
  });

  withShell("zsh", "completes what is typed", async () => {
    const more: typeof CASES = [
      ["kbt paper --sim=ch", "chaos", "kbt paper --sim=chaos "],
      ["kbt paper --sim=replay:fou", "", "kbt paper --sim=replay:found.sqlite "],
      ["kbt paper --strategy momentum,thr", "", "kbt paper --strategy momentum,threshold-ev "],
      ["kbt paper --set risk.max_po", "", "kbt paper --set risk.max_position_pct="],
    ];
    const cases = [...CASES, ...more].filter(([, , typed]) => typed !== undefined);
    expect(
      await ask(
        "zsh",
        cases.map(([line]) => line),
      ),
    ).toEqual(cases.map(([, , typed]) => typed));
  });

  test("every strategy that may trade is offered, and nothing that is no name of one", async () => {
    const script = await scriptOf("bash");
    const [, offered = ""] = /--strategy'\) kind='word' values='([^']+)'/.exec(script) ?? [];
    expect(words(offered)).toEqual(
      expect.arrayContaining(strategyNames().filter((name) => !BASELINES.includes(name))),
    );
    expect(() => wantedStrategies(DEFAULTS, words(offered))).not.toThrow();
  });

  test("with --json the script is in the document; another shell is a usage error", async () => {
    const { stdout } = await kbtHere(["completion", "fish", "--json"], folder.path);
    expect(JSON.parse(stdout)).toMatchObject({
      schema: "kbt.completion/v1",
      data: { shell: "fish", script: await scriptOf("fish") },
    });
    expect(await kbtHere(["completion", "tcsh"], folder.path)).toMatchObject({ code: 2 });
  });
});
