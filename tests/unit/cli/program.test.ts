import { describe, expect, test } from "vitest";
import type { CommandContext, CommandResult } from "../../../src/app/context.ts";
import { createContext, type Invocation, type Shell } from "../../../src/cli/context.ts";
import { documentLine, errorText, writeResult } from "../../../src/cli/io.ts";
import { runProgram } from "../../../src/cli/program.ts";
import { createProgress } from "../../../src/cli/progress.ts";
import { StopRequest } from "../../../src/cli/stop.ts";
import { KbtError } from "../../../src/core/errors.ts";
import { NO_TERMINAL } from "../../support/terminal.ts";

function aShell(parts: Partial<Shell> = {}): Shell & { out: () => string; err: () => string } {
  let out = "";
  let err = "";
  return {
    env: {},
    cwd: "/w",
    homeDir: "/h",
    version: "1.2.3",
    isTty: { stdout: false, stderr: false },
    terminal: NO_TERMINAL,
    signal: new AbortController().signal,
    stopCode: () => null,
    monoMs: () => 0,
    stdout: (text) => {
      out += text;
    },
    stderr: (text) => {
      err += text;
    },
    readText: async () => null,
    out: () => out,
    err: () => err,
    ...parts,
  };
}

async function kbt(line: string, parts: Partial<Shell> = {}) {
  const shell = aShell(parts);
  const exitCode = await runProgram(line === "" ? [] : line.split(" "), shell);
  return { exitCode, out: shell.out(), err: shell.err() };
}

const NAMES = [
  "collect",
  "paper",
  "live",
  "preview",
  "ledger",
  "calibrate",
  "sim",
  "doctor",
  "config",
  "completion",
];

describe("help", () => {
  test.each([
    "",
    "--help",
    ...NAMES.map((name) => `${name} --help`),
    "config show --help",
    "calibrate fit --help",
    "help live",
  ])("kbt %s: examples first, at most 80 columns, exit 0", async (line) => {
    const { exitCode, out, err } = await kbt(line);
    expect(exitCode).toBe(0);
    expect(err).toBe("");
    expect(out).toMatch(/^Examples:\n {2}\$ .+\n {2}\$ .+\n\nUsage: kbt/);
    for (const text of out.split("\n")) expect(text.length, text).toBeLessThanOrEqual(80);
  });

  test.each(NAMES)("the examples of %s are accepted", async (name) => {
    const { out } = await kbt(`${name} --help`);
    const examples = [...out.matchAll(/^ {2}\$ (?:TRADING_ENABLED=1 )?kbt (.+)$/gm)].map(
      ([, line]) => line ?? "",
    );
    expect(examples).toHaveLength(2);
    // --help after an unknown option or a wrong value is still an error.
    const answers = await Promise.all(examples.map((line) => kbt(`${line} --help`)));
    expect(answers.map(({ exitCode, err }) => `${exitCode} ${err}`)).toEqual(["0 ", "0 "]);
  });

  test.each(["--version", "-V", "paper --version", "--json --version"])("kbt %s", async (line) => {
    expect(await kbt(line)).toEqual({ exitCode: 0, out: "1.2.3\n", err: "" });
  });
});

describe("usage errors", () => {
  test.each([
    [
      "paper --sceonds 3",
      "error[USAGE] unknown option '--sceonds' · kbt paper: no such option · did you mean --seconds? see kbt paper --help\n",
    ],
    [
      "papr",
      "error[USAGE] unknown command 'papr' · kbt: no such command · did you mean paper? see kbt --help\n",
    ],
    [
      "--jsn",
      "error[USAGE] unknown option '--jsn' · kbt: no such option · did you mean --json? see kbt --help\n",
    ],
    [
      "config shwo",
      "error[USAGE] unknown command 'shwo' · kbt config: no such command · did you mean show? see kbt config --help\n",
    ],
    [
      "collect foo",
      "error[USAGE] too many arguments for 'collect'. Expected 0 arguments but got 1. · kbt collect: one word too many · see kbt collect --help\n",
    ],
    [
      "paper --strategy",
      "error[USAGE] option '--strategy <name>' argument missing · kbt paper: it needs a value · see kbt paper --help\n",
    ],
    ["paper --sim-seed 3", "error[USAGE] option '--sim-seed' needs --sim · see kbt paper --help\n"],
    [
      "preview --ask-min 95 --strategy threshold-ev",
      "error[USAGE] option '--ask-min' is for --strategy farthest-band · see kbt preview --help\n",
    ],
    [
      "paper --force-new-order --strategy threshold-ev",
      "error[USAGE] option '--force-new-order' is for --strategy farthest-band · see kbt paper --help\n",
    ],
    [
      "paper --interval 15m --strategy threshold-ev",
      "error[USAGE] option '--interval' is for --strategy farthest-band · see kbt paper --help\n",
    ],
    [
      "kill --mode paper",
      "error[USAGE] nothing of a paper run rests at the exchange; end it by Ctrl-C or SIGTERM · see kbt kill --help\n",
    ],
    [
      "collect --backfill 2 --seconds 5",
      "error[USAGE] option '--backfill' cannot be used with option '--seconds' · see kbt collect --help\n",
    ],
    ...["--raw", "--level2", "--retain 3", "--kraken", "--weather"].map((beside) => [
      `collect --backfill 2 ${beside}`,
      `error[USAGE] option '--backfill' cannot be used with option '${beside.split(" ")[0]}' · see kbt collect --help\n`,
    ]),
    [
      "ledger export --what deltas --limit 5",
      "error[USAGE] ledger export cannot be used with option '--limit' · see kbt ledger --help\n",
    ],
    ...[
      "balance --ticker X",
      "balance --since 1d",
      "balance --limit 5",
      "reconcile --since 1d",
      "reconcile --until 1d",
      "reconcile --limit 5",
    ].map((line) => [
      `ledger ${line}`,
      `error[USAGE] ledger ${line.split(" ")[0]} cannot be used with option '${line.split(" ")[1]}' · see kbt ledger --help\n`,
    ]),
    [
      "sim --replay x --scenario fair",
      "error[USAGE] option '--replay' cannot be used with option '--scenario' · see kbt sim --help\n",
    ],
  ])("kbt %s", async (line, expected) => {
    expect(await kbt(line)).toEqual({ exitCode: 2, out: "", err: expected });
  });

  test.each([
    "collect --seconds 5x",
    "collect --seconds -1",
    "collect --backfill 0",
    "collect --backfill 401",
    "collect --backfill 1.5",
    "paper --windows 0",
    "paper --interval 0m",
    "live --interval 15",
    "paper --interval 25h",
    "kill --mode all",
    "status --sim=positions",
    "paper --until yesterday",
    "paper --sim=positions",
    "paper --sim --sim-speed 0",
    "ledger bogus",
    "ledger --mode real",
    "ledger --limit 1.5",
    "live --log-level loud",
    "live --set risk.ev_min=1 order T yes --max-cost 5",
    "live --bankroll 3 cancel-all",
    "live --series KXBTC15M reset kill --reason r",
  ])("kbt %s is one line and exit 2", async (line) => {
    const { exitCode, out, err } = await kbt(line);
    expect(exitCode).toBe(2);
    expect(out).toBe("");
    expect(err).toMatch(/^error\[USAGE\] [^\n]+ · see kbt [\w -]+ --help\n$/);
  });

  test("with --json the document stands on stdout", async () => {
    const { exitCode, out } = await kbt("ledger bogus --json");
    expect(exitCode).toBe(2);
    expect(JSON.parse(out)).toMatchObject({
      schema: "kbt.ledger/v1",
      ok: false,
      data: null,
      error: { kind: "usage", code: "USAGE", hint: "see kbt ledger --help" },
    });
  });
});

describe("config", () => {
  test("show --origin says where values come from and masks secrets", async () => {
    const { exitCode, out } = await kbt("config show --origin", {
      env: { EV_MIN: "0.05", KALSHI_API_KEY: "a952bcbe-canary", TELEGRAM_BOT_TOKEN: "canary" },
      readText: async (path) => (path === "/w/config.toml" ? "[sim]\nlatency_ms = 9" : null),
    });
    expect(exitCode).toBe(0);
    expect(out).toMatch(/^strategy\.threshold-ev\.ev_min +0\.05 +environment EV_MIN$/m);
    expect(out).toMatch(/^sim\.latency_ms +9 +config\.toml$/m);
    expect(out).toMatch(/^kalshi\.api_key_id +a952… +environment KALSHI_API_KEY$/m);
    expect(out).toMatch(/^notify\.telegram_bot_token +\(set\) +environment TELEGRAM_BOT_TOKEN$/m);
    expect(out).toMatch(/^model\.nu +4 +default$/m);
    expect(out).not.toContain("canary");
  });

  test("show --json", async () => {
    const { out } = await kbt("--json config show --origin", {
      env: { KALSHI_API_KEY_ID: "a952bcbe-canary" },
    });
    const document = JSON.parse(out);
    expect(document).toMatchObject({
      schema: "kbt.config/v1",
      ok: true,
      error: null,
      warnings: [],
    });
    expect(document.data.keys).toContainEqual({
      key: "kalshi.api_key_id",
      value: "a952…",
      origin: { kind: "environment", name: "KALSHI_API_KEY_ID", ignored: [] },
      env: ["KALSHI_API_KEY_ID", "KALSHI_API_KEY", "KBT_KALSHI__API_KEY_ID"],
      doc: "Key id from the Kalshi account page",
    });
    expect(out).not.toContain("canary");
  });

  test("check lists every problem, as text and as data", async () => {
    const env = { EV_MIN: "", MAX_OPEN_POSITIONS: "-1" };
    const text = await kbt("config check", { env });
    expect(text.exitCode).toBe(2);
    expect(text.out).toBe("");
    expect(text.err.split("\n")).toEqual([
      "error[CONFIG_INVALID] 2 problems in the configuration:",
      "  - risk.max_open_positions is -1 (from environment MAX_OPEN_POSITIONS); it must be an integer from 0 to 1000",
      "  - strategy.threshold-ev.ev_min is empty (from environment EV_MIN); it must be a number from 0 to 1",
      "correct it, then run: kbt config check",
      "",
    ]);
    const json = JSON.parse((await kbt("config check --json", { env })).out);
    expect(json.data.problems).toHaveLength(2);
    expect(json.error).toMatchObject({ kind: "config", code: "CONFIG_INVALID" });
  });

  test("warnings go to stderr, and not with --quiet", async () => {
    const env = { TRADING_ENABLED: "yes" };
    expect((await kbt("config check", { env })).err).toMatch(/^warning: TRADING_ENABLED/);
    expect((await kbt("config check --quiet", { env })).err).toBe("");
  });
});

function invocation(parts: Partial<Invocation> = {}): Invocation {
  return {
    command: "paper",
    globals: {},
    flags: [],
    execute: async () => ({ exitCode: 0, data: null, text: "", warnings: [] }),
    ...parts,
  };
}

const TTY = { stdout: true, stderr: true };
interface ColorCase {
  readonly isTty?: Shell["isTty"];
  readonly env?: Shell["env"];
  readonly globals?: Invocation["globals"];
}

describe("context", () => {
  test("flags of the command and --db reach the configuration", async () => {
    const ctx: CommandContext = createContext(
      aShell(),
      invocation({
        globals: { db: "/x.sqlite" },
        flags: [{ flag: "--series", path: "kalshi.series", text: "A,B" }],
      }),
    );
    const { config, origins } = await ctx.loadConfig();
    expect(config.storage.db_path).toBe("/x.sqlite");
    expect(config.kalshi.series).toEqual(["A", "B"]);
    expect(origins.get("storage.db_path")?.name).toBe("--db");
  });

  test.each([
    ["a terminal", {}, true],
    ["NO_COLOR", { env: { NO_COLOR: "1" } }, false],
    ["empty NO_COLOR", { env: { NO_COLOR: "" } }, true],
    ["--no-color", { globals: { color: false } }, false],
    ["a pipe", { isTty: { stdout: false, stderr: true } }, false],
  ])("colour with %s", (_, { isTty = TTY, env = {}, globals = {} }: ColorCase, expected) => {
    const ctx = createContext(aShell({ isTty, env }), invocation({ globals }));
    expect(ctx.globals.color).toBe(expected);
  });

  test("emit is a document per line with --json, else the text", () => {
    const json = aShell();
    createContext(json, invocation({ globals: { json: true } })).emit({ a: 1 }, "a is 1\n");
    expect(JSON.parse(json.out())).toEqual({
      schema: "kbt.paper/v1",
      ok: true,
      data: { a: 1 },
      warnings: [],
      error: null,
    });
    const text = aShell();
    createContext(text, invocation()).emit({ a: 1 }, "a is 1\n");
    expect(text.out()).toBe("a is 1\n");
  });
});

describe("results", () => {
  const error = new KbtError({
    kind: "data",
    code: "NOT_MET",
    message: "2 gaps",
    hint: "run it longer",
  });
  const result: CommandResult = {
    exitCode: 7,
    data: { gaps: 2 },
    text: "gaps 2\n",
    warnings: [],
    error,
  };

  test("a result with a reason for its exit code shows both", () => {
    const shell = aShell();
    expect(
      writeResult(
        { ...shell, json: false, quiet: false, debug: false, command: "collect" },
        result,
      ),
    ).toBe(7);
    expect(shell.out()).toBe("gaps 2\n");
    expect(shell.err()).toBe("error[NOT_MET] 2 gaps · run it longer\n");
  });

  test("and both in the document", () => {
    const shell = aShell();
    writeResult({ ...shell, json: true, quiet: false, debug: false, command: "collect" }, result);
    expect(JSON.parse(shell.out())).toEqual({
      schema: "kbt.collect/v1",
      ok: false,
      data: { gaps: 2 },
      warnings: [],
      error: { kind: "data", code: "NOT_MET", message: "2 gaps", hint: "run it longer" },
    });
  });

  test("after a stream no further document follows", () => {
    const shell = aShell();
    const streamed = { exitCode: 0, data: undefined, text: "", warnings: [] };
    writeResult({ ...shell, json: true, quiet: false, debug: false, command: "sim" }, streamed);
    expect(shell.out()).toBe("");
  });

  test("I38: an error is what · why · what to do, remote text cleaned, no stack without --debug", () => {
    const failure = new KbtError({
      kind: "network",
      code: "REFUSED",
      message: "no answer\u001b[2J",
      hint: "try later",
      cause: new Error("ECONNREFUSED 127.0.0.1:9"),
    });
    expect(errorText(failure, false)).toBe(
      "error[REFUSED] no answer[2J · ECONNREFUSED 127.0.0.1:9 · try later\n",
    );
    expect(errorText(failure, true)).toContain("\n    at ");
  });

  test("the document is one line", () => {
    const line = documentLine(
      { command: "x" },
      { data: "a\nb", warnings: [], error: null, ok: true },
    );
    expect(line.indexOf("\n")).toBe(line.length - 1);
  });

  test("a stop request carries the exit code of its signal", () => {
    expect(new StopRequest("SIGTERM", 143)).toMatchObject({
      exitCode: 143,
      message: "stopped: SIGTERM",
    });
  });
});

function lines(parts: { enabled: boolean }, times: readonly number[]): string {
  let text = "";
  let nowMs = 0;
  const progress = createProgress({
    ...parts,
    isTty: false,
    color: false,
    width: 80,
    monoMs: () => nowMs,
    stderr: (more) => {
      text += more;
    },
  });
  for (const at of times) {
    nowMs = at;
    progress.update(`at ${at}\u001b`);
  }
  progress.stop();
  return text;
}

describe("progress", () => {
  test("off a terminal a line at most every 10 s", () => {
    expect(lines({ enabled: true }, [0, 5000, 9999, 10_000, 19_999, 20_001])).toBe(
      "at 0\nat 10000\nat 20001\n",
    );
  });

  test("nothing with --quiet and --json", () => {
    expect(lines({ enabled: false }, [0, 10_000])).toBe("");
  });
});
