import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";

// The built program in an empty folder, an empty home and an empty environment: only what a test puts there counts.

const ROOT = new URL("../../", import.meta.url).pathname;
const KBT = `${ROOT}bin/kbt.js`;
const home = mkdtempSync(join(tmpdir(), "kbt-home-"));
const folders = [home];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

interface Setup {
  readonly env?: Record<string, string>;
  readonly files?: Record<string, string>;
}

function kbt(args: readonly string[], { env = {}, files = {} }: Setup = {}) {
  const cwd = mkdtempSync(join(tmpdir(), "kbt-cwd-"));
  folders.push(cwd);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(cwd, name), text);
  const run = spawnSync(process.execPath, [KBT, ...args], {
    cwd,
    env: { HOME: home, PATH: process.env["PATH"] ?? "", ...env },
    encoding: "utf8",
  });
  return { exitCode: run.status, out: run.stdout, err: run.stderr, cwd };
}

const NO_STACK = /^(?![\s\S]*\n\s+at )/;

describe("help", () => {
  test("golden: kbt --help", () => {
    const { exitCode, out, err } = kbt(["--help"]);
    expect({ exitCode, err }).toEqual({ exitCode: 0, err: "" });
    expect(out).toBe(`Examples:
  $ kbt paper --sim --sim-speed 60 --windows 2   no account, key or network
  $ kbt collect --seconds 300                    record Kalshi and Coinbase

Usage: kbt [options] [command]

Record, price, paper-trade and trade Kalshi crypto binaries.

Options:
  -V, --version        print the version
  --config <file>      configuration file (default ./config.toml)
  --db <file>          database file (default ./data/kbt.sqlite)
  --json               print one JSON document on stdout
  --quiet              no progress and no warnings on stderr
  --debug              log more, and show stack traces
  --log-level <level>  how much is logged (choices: "trace", "debug", "info",
                       "warn", "error", "silent")
  --no-color           no colours
  -h, --help           print help

Commands:
  collect              record feeds into the database
  paper                trade with simulated fills against the real book
  live                 place real orders after every gate passes
  preview              what would be done now, and why
  ledger               trades, positions, orders, profit, settlements
  why                  why it does not trade, or why it did
  backtest             replay what was recorded
  calibrate            is there an edge?
  sim                  run the local exchange as a server
  status               what runs, what is latched, what is open
  kill                 stop trading now and cancel every order
  doctor               check the set-up line by line
  config               show and check the configuration
  completion           complete commands and options in bash, zsh or fish
  help [command]       display help for command

kbt <command> --help lists the options of a command; kbt help errors says what
to do about every error.
`);
  });

  test("golden: kbt ledger --help", () => {
    expect(kbt(["ledger", "--help"]).out).toBe(`Examples:
  $ kbt ledger --mode paper --limit 10
  $ kbt ledger export --what opportunities --since 7d > opportunities.csv

Usage: kbt ledger [options] [what]

Show what was traded; ledger settle imports settlements (cron-safe).

Arguments:
  what                 what to show (choices: "trades", "positions", "orders",
                       "fills", "balance", "pnl", "settlements", "settle",
                       "reconcile", "deposit", "withdraw", "export", default:
                       "trades")

Options:
  --mode <mode>        only rows of this mode (choices: "paper", "live",
                       "backtest")
  --limit <n>          rows at most (default 20)
  --since <time>       from this time or age: 2026-11-21, 24h, 7d
  --until <time>       up to this time or age
  --by <group>         group profit (choices: "strategy", "series", "day",
                       "side", "price", "hour")
  --status <state>     only such orders (choices: "open", "pending", "resting",
                       "filled", "canceled", "rejected", "expired", "unknown")
  --ticker <ticker>    only this market
  --amount <usd>       dollars, of ledger deposit and withdraw
  --reason <text>      why, of ledger deposit and withdraw
  --what <rows>        rows of ledger export (choices: "deltas", "snapshots",
                       "tickers", "public-trades", "spots", "index", "candles",
                       "market-candles", "gaps", "opportunities", "trades",
                       "fills", "settlements", "lots", "capture")
  --format <format>    of ledger export, default csv (choices: "csv", "json")
  --run <n>            only this run, of ledger export
  --year <n>           lots that closed in this year, New York time
  --sim [scenario]     use the local exchange: edge, fair, jumpy, quiet, chaos
                       or replay:PATH (preset: "edge")
  --sim-seed <n>       seed of the local exchange (default 1)
  --sim-speed <x>      its speed, or max: lockstep on virtual time (default 1)
  -h, --help           print help

Global Options:
  -V, --version        print the version
  --config <file>      configuration file (default ./config.toml)
  --db <file>          database file (default ./data/kbt.sqlite)
  --json               print one JSON document on stdout
  --quiet              no progress and no warnings on stderr
  --debug              log more, and show stack traces
  --log-level <level>  how much is logged (choices: "trace", "debug", "info",
                       "warn", "error", "silent")
  --no-color           no colours
`);
  });

  test("without arguments: the same help on stdout, exit 0", () => {
    expect(kbt([])).toMatchObject({ exitCode: 0, out: kbt(["--help"]).out, err: "" });
  });

  test("the version is that of the package", () => {
    const { version } = JSON.parse(readFileSync(`${ROOT}package.json`, "utf8"));
    expect(kbt(["--version"])).toMatchObject({ exitCode: 0, out: `${version}\n`, err: "" });
  });

  test("--help and --version load commander and nothing else of ours or others", () => {
    // Everything beyond the shell is in chunks of its own; none of them may be imported statically by main.js.
    const main = readFileSync(`${ROOT}dist/main.js`, "utf8");
    const seen = new Set<string>();
    const visit = (text: string): void => {
      for (const [, name] of text.matchAll(/(?:from|import) "\.\/([^"]+)"/g)) {
        if (name === undefined || seen.has(name)) continue;
        seen.add(name);
        visit(readFileSync(`${ROOT}dist/${name}`, "utf8"));
      }
    };
    visit(main);
    const bundled = [
      main,
      ...[...seen].map((name) => readFileSync(`${ROOT}dist/${name}`, "utf8")),
    ].join("\n");
    const packages = new Set(
      // The folder may be a link to that of another checkout.
      [...bundled.matchAll(/^\/\/ (?:\S+\/)?node_modules\/([^/\n]+)/gm)].map(([, name]) => name),
    );
    expect([...packages]).toEqual(["commander"]);
    expect(bundled).not.toMatch(/^\/\/ src\/(config|adapters|exchange|strategies|app)\//m);
  });
});

describe("errors", () => {
  test("a wrong option: one line, a suggestion, exit 2, stdout empty", () => {
    expect(kbt(["collect", "--sceonds", "3"])).toMatchObject({
      exitCode: 2,
      out: "",
      err: "error[USAGE] unknown option '--sceonds' · kbt collect: no such option · did you mean --seconds? see kbt collect --help\n",
    });
  });

  test("with --json the document stands on stdout and the line on stderr", () => {
    const { exitCode, out, err } = kbt(["config", "check", "--json"], {
      env: { MAX_POSITION_PCT: "2" },
    });
    expect(exitCode).toBe(2);
    expect(out.endsWith("}\n")).toBe(true);
    expect(JSON.parse(out)).toEqual({
      schema: "kbt.config/v1",
      ok: false,
      data: {
        problems: [
          {
            path: "risk.max_position_pct",
            source: "environment MAX_POSITION_PCT",
            message:
              "risk.max_position_pct is 2 (from environment MAX_POSITION_PCT); it must be a number from 0 to 1",
          },
        ],
      },
      warnings: [],
      error: {
        kind: "config",
        code: "CONFIG_INVALID",
        message:
          "risk.max_position_pct is 2 (from environment MAX_POSITION_PCT); it must be a number from 0 to 1",
        hint: "correct it, then run: kbt config check",
      },
    });
    expect(err).toBe(
      "error[CONFIG_INVALID] risk.max_position_pct is 2 (from environment MAX_POSITION_PCT); it must be a number from 0 to 1 · correct it, then run: kbt config check\n",
    );
  });

  test("several problems of several sources at once, without a stack", () => {
    const { exitCode, out, err } = kbt(["ledger", "--db", "x.sqlite"], {
      env: { EV_MIN: "", KALSHI_WS_AUTH_MODE: "query" },
      files: {
        ".env": "MAX_OPEN_POSITIONS=-1\nEV_MIN=0.05\n",
        "config.toml": "[risk]\nmax_open_position = 2\n[kalshy]\nenv = 'demo'\n",
      },
    });
    expect(exitCode).toBe(2);
    expect(out).toBe("");
    expect(err).toMatch(/^error\[CONFIG_INVALID\] 5 problems in the configuration:\n/);
    for (const part of [
      "risk.max_open_position is not a key (from config.toml); did you mean risk.max_open_positions?",
      "kalshy is not a key (from config.toml); did you mean kalshi?",
      'kalshi.ws_auth_mode is "query" (from environment KALSHI_WS_AUTH_MODE)',
      "risk.max_open_positions is -1 (from .env MAX_OPEN_POSITIONS)",
      "strategy.threshold-ev.ev_min is empty (from environment EV_MIN)",
    ]) {
      expect(err).toContain(part);
    }
    expect(err).toMatch(NO_STACK);
  });

  test("a configuration error leaves no file behind", () => {
    const { cwd } = kbt(["paper", "--once"], { env: { EV_MIN: "x" } });
    expect(readdirSync(cwd)).toEqual([]);
  });

  test("a stack only with --debug", () => {
    const setup = { files: { "config.toml": "x" } };
    expect(kbt(["config", "check"], setup).err).toMatch(NO_STACK);
    expect(kbt(["config", "check", "--debug"], setup).err).toMatch(/\n\s+at /);
  });
});

describe("configuration", () => {
  test("config show --origin: every layer, secrets masked", () => {
    const { exitCode, out, err } = kbt(["--config", "my.toml", "config", "show", "--origin"], {
      env: { EV_MIN: "0.07", KALSHI_API_KEY_ID: "canary-key-id", KALSHI_API_KEY: "other-canary" },
      files: {
        "my.toml": "[sim]\nlatency_ms = 9\n",
        "config.toml": "this is not read",
        ".env": "EV_MIN=0.01\nMAX_OPEN_POSITIONS=4\nTELEGRAM_BOT_TOKEN=canary-token\n",
      },
    });
    expect({ exitCode, err }).toEqual({ exitCode: 0, err: "" });
    for (const line of [
      /^key +value +origin$/m,
      /^strategy\.threshold-ev\.ev_min +0\.07 +environment EV_MIN \(wins over \.env EV_MIN\)$/m,
      /^risk\.max_open_positions +4 +\.env MAX_OPEN_POSITIONS$/m,
      /^sim\.latency_ms +9 +my\.toml$/m,
      /^kalshi\.api_key_id +cana… +environment KALSHI_API_KEY_ID \(wins over KALSHI_API_KEY\)$/m,
      /^notify\.telegram_bot_token +\(set\) +\.env TELEGRAM_BOT_TOKEN$/m,
      /^model\.nu +4 +default$/m,
    ]) {
      expect(out).toMatch(line);
    }
    expect(out).not.toMatch(/canary-|other-/);
  });

  test("the file of the home directory counts when there is none here", () => {
    mkdirSync(join(home, ".config/kbt"), { recursive: true });
    writeFileSync(join(home, ".config/kbt/config.toml"), "[model]\nnu = 5\n");
    expect(kbt(["config", "show", "--origin"]).out).toMatch(
      /^model\.nu +5 +~\/\.config\/kbt\/config\.toml$/m,
    );
    expect(kbt(["config", "show"], { files: { "config.toml": "" } }).out).toMatch(
      /^model\.nu +4 /m,
    );
    rmSync(join(home, ".config"), { recursive: true });
  });

  test("a .env of 65 KiB, a FIFO-like device and a folder as --config are refused", () => {
    expect(kbt(["config", "check"], { files: { ".env": "#".repeat(66_000) } })).toMatchObject({
      exitCode: 2,
      out: "",
    });
    expect(kbt(["config", "check", "--config", "/dev/zero"]).err).toContain(
      "error[FILE_TOO_LARGE]",
    );
    expect(kbt(["config", "check", "--config", "/"]).err).toContain("error[FILE_UNREADABLE]");
  });
});

describe("process", () => {
  test("a reader that goes away is no error", async () => {
    const child = spawn(process.execPath, [KBT, "config", "show"], {
      cwd: home,
      env: { HOME: home },
      stdio: ["ignore", "pipe", "pipe"],
    });
    child.stdout.destroy();
    let err = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      err += text;
    });
    const exitCode = await new Promise((resolve) => {
      child.on("close", resolve);
    });
    expect({ exitCode, err }).toEqual({ exitCode: 0, err: "" });
  });
});
