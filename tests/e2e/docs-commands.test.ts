import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { DOC_PAGES, docCommands, kbtWords } from "../support/doc-commands.ts";
import { tempFolder } from "../support/kbt.ts";

// What the pages show is run as it stands there, in one folder and in the order of the pages: later commands read what
// earlier ones recorded. Only sizes are smaller. What is not run has a reason, and the test of its syntax (tests/unit/docs).

const BIN = resolve(import.meta.dirname, "../../bin/kbt.js");
const folder = tempFolder();
afterAll(() => folder.remove());

/** What is not run here, looked up in `page: words`, with why. */
const NOT_RUN: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [
    /--windows \d{2}|--sim=fair|favourite|--strategy|--sim=replay|--sim-seed/,
    "one more run of paper: tests/e2e/strategies, first-run and capture have it",
  ],
  [/: backtest/, "tests/e2e/backtest, verify and backtest-captures run these"],
  [/: collect .*--sim/, "tests/e2e/recordings and storage record with every feed"],
  [/: (collect|paper|preview|live|kill|doctor|status)(?!.*--sim)/, "needs the network"],
  [/: ledger (settle|deposit|withdraw|balance|reconcile)/, "needs an account"],
  [/: sim|--watch|--metrics-port/, "runs until it is stopped"],
  [/--seconds \d{2}/, "runs for as long as it says"],
  [/--alerts/, "fails where no channel is set up"],
  [/--since \d+d/, "asks for days that the local exchange is not in"],
  [/--run [2-9]/, "asks for a run that only its reader has"],
  [/--require-proof/, "exits 10 until there is proof"],
  [/^docs\/(exchange|costs|strategies|paper)\.md/, "the README has the same command"],
];

/** Why a command is not run here; null when it is. */
function reasonNot(page: string, words: readonly string[]): string | null {
  const about = `${page}: ${words.join(" ")}`;
  return NOT_RUN.find(([pattern]) => pattern.test(about))?.[1] ?? null;
}

/** The same command, done sooner. */
function smaller(line: string): string {
  return line.replace(/--windows \d+/, "--seconds 3");
}

const COMMANDS = DOC_PAGES.flatMap(docCommands).flatMap(({ line, page }) => {
  const words = kbtWords(line);
  return words === null ? [] : [{ page, line, reason: reasonNot(page, words) }];
});
const RUN = [
  ...new Map(
    COMMANDS.filter(({ reason }) => reason === null).map((command) => [
      smaller(command.line),
      command,
    ]),
  ),
];

describe("the commands of the pages", () => {
  const bin = `${folder.path}/bin`;
  mkdirSync(bin);
  writeFileSync(`${bin}/kbt`, `#!/bin/sh\nexec node "${BIN}" "$@"\n`, { mode: 0o700 });
  writeFileSync(`${bin}/npx`, '#!/bin/sh\nexec "$@"\n', { mode: 0o700 });
  mkdirSync(`${folder.path}/.local/share/bash-completion/completions`, { recursive: true });
  mkdirSync(`${folder.path}/.config/fish/completions`, { recursive: true });

  test("are run where they can be", () => {
    expect(RUN.length).toBeGreaterThan(10);
  });

  test.each(RUN)(
    "%s",
    async (line, { page }) => {
      const env = {
        PATH: `${bin}:${process.env["PATH"]}`,
        HOME: folder.path,
      };
      const stderr = await new Promise<string>((done) => {
        execFile(
          "bash",
          ["-o", "pipefail", "-c", line.replace("npm run kbt --", "kbt")],
          { cwd: folder.path, env },
          (error, _, text) => done(error === null ? "" : `exit ${error.code}: ${text}`),
        );
      });
      expect(stderr, page).toBe("");
    },
    180_000,
  );
});
