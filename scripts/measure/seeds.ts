// Strategies over many seeds of a scenario, pooled: npm run measure:seeds -- --scenario fair --seeds 50 [--from 1] --windows 4
// Each seed is a paper run with a database of its own. Under `fair` nobody may show an edge; that this asks so many questions
// at once is allowed for.
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs, promisify } from "node:util";
import { openReader } from "../../src/adapters/sqlite/open.ts";
import { pnl } from "../../src/adapters/sqlite/queries/ledger.ts";
import { type ScoredRow, scoredRows } from "../../src/adapters/sqlite/queries/scored.ts";
import { DECISION_TIMES_S } from "../../src/core/calibration/pick-rows.ts";
import {
  calibrationReport,
  DEFAULT_REPORT_OPTIONS,
  type ForecasterReport,
  type UniverseReport,
} from "../../src/core/calibration/report.ts";
import { normInv } from "../../src/core/prob/normal.ts";
import { strategyNames } from "../../src/strategies/registry.ts";

const BIN = resolve(import.meta.dirname, "../../bin/kbt.js");
const TAUS = Object.values(DECISION_TIMES_S).flat();
const run = promisify(execFile);

const { values } = parseArgs({
  options: {
    scenario: { type: "string", default: "fair" },
    seeds: { type: "string", default: "50" },
    from: { type: "string", default: "1" },
    windows: { type: "string", default: "4" },
    jobs: { type: "string", default: "2" },
    series: { type: "string", default: "KXBTC15M,KXBTCD" },
    strategy: { type: "string", multiple: true },
  },
});
const seeds = Number(values.seeds);
const first = Number(values.from);
const strategies = values.strategy ?? strategyNames();
const folder = mkdtempSync(join(tmpdir(), "kbt-seeds-"));

interface Seed {
  readonly rows: readonly ScoredRow[];
  /** Realised profit in dollars by strategy. */
  readonly pnlUsd: ReadonlyMap<string, number>;
}

async function trade(seed: number): Promise<Seed> {
  const path = join(folder, `${seed}.sqlite`);
  const args = [
    "paper",
    `--sim=${values.scenario}`,
    "--sim-seed",
    String(seed),
    "--sim-speed",
    "max",
  ];
  args.push("--windows", values.windows, "--series", values.series, "--db", path, "--quiet");
  for (const name of strategies) args.push("--strategy", name);
  // One strategy's position must not keep another one from trading.
  args.push("--set", "risk.max_open_positions=1000", "--set", "risk.max_daily_loss_pct=1");
  await run(process.execPath, [BIN, ...args], {
    cwd: folder,
    env: { HOME: folder, PATH: process.env["PATH"] },
  });
  const reader = openReader(path);
  try {
    return {
      rows: [...scoredRows(reader, { tauS: TAUS })].map((row) => ofSeed(row, seed)),
      pnlUsd: new Map(pnl(reader, "strategy").map((row) => [row.key, row.pnl / 1e6])),
    };
  } finally {
    reader.close();
    rmSync(path, { force: true });
  }
}

/** Seeds tell different stories of the same hours: their markets and windows are not the same ones. */
function ofSeed(row: ScoredRow, seed: number): ScoredRow {
  return { ...row, ticker: `${seed}:${row.ticker}`, window: `${seed}:${row.window}` };
}

async function tradeAll(): Promise<Seed[]> {
  const done: Seed[] = [];
  const startMs = Date.now();
  let next = first;
  const worker = async (): Promise<void> => {
    while (next < first + seeds) {
      done.push(await trade(next++));
      const leftS = ((Date.now() - startMs) / done.length / 1000) * (seeds - done.length);
      process.stderr.write(
        `${done.length} of ${seeds} seeds, about ${Math.ceil(leftS / 60)} min left\n`,
      );
    }
  };
  await Promise.all(Array.from({ length: Number(values.jobs) }, worker));
  return done;
}

interface Gain {
  readonly forecaster: string;
  readonly universe: string;
  readonly report: UniverseReport;
  readonly gain: number;
  readonly se: number;
}

function gainsOf(one: ForecasterReport): Gain[] {
  return (["all", "wouldTrade"] as const).flatMap((universe) => {
    const report = one[universe];
    const { scores } = report;
    if (scores === null) return [];
    const { mean, se } = scores.brierGain;
    return [{ forecaster: one.forecaster, universe, report, gain: mean, se }];
  });
}

const done = await tradeAll();
rmSync(folder, { recursive: true, force: true });
const rows = done.flatMap((seed) => seed.rows);
const report = calibrationReport(rows, DEFAULT_REPORT_OPTIONS);
const gains = [report, ...report.others].flatMap(gainsOf);
// One-sided 5 % over everything that is asked.
const needed = normInv(1 - 0.05 / Math.max(1, gains.length));
const lines = gains.map(({ forecaster, gain, report: { scored, windows }, se, universe }) => {
  const z = se > 0 ? gain / se : 0;
  const verdict = z > needed ? "BEATS THE MARKET" : "no edge shown";
  return [
    forecaster,
    universe,
    scored,
    windows,
    `${gain.toFixed(5)} ± ${se.toFixed(5)}`,
    z.toFixed(2),
    verdict,
  ];
});
process.stdout.write(
  `${values.scenario}: ${done.length} seeds examined, ${values.windows} closes each, ${gains.length} questions, z needed ${needed.toFixed(2)}\n`,
);
for (const line of [
  ["forecaster", "rows of", "scored", "windows", "Brier gain", "z", ""],
  ...lines,
]) {
  const [name = "", universe = "", scored = "", windows = "", gain = "", z = "", verdict = ""] =
    line.map(String);
  process.stdout.write(
    `${name.padEnd(20)} ${universe.padEnd(11)} ${scored.padStart(6)} ${windows.padStart(7)} ${gain.padStart(20)} ${z.padStart(6)}  ${verdict}\n`,
  );
}
process.stdout.write("\nrealised profit a seed, dollars, mean ± s.e. over the seeds\n");
for (const name of strategies) {
  const each = done.map(({ pnlUsd }) => pnlUsd.get(name) ?? 0);
  const mean = each.reduce((sum, usd) => sum + usd, 0) / each.length;
  const squares = each.reduce((sum, usd) => sum + (usd - mean) ** 2, 0);
  const se = Math.sqrt(squares / Math.max(1, each.length - 1) / each.length);
  const traded = each.filter((usd) => usd !== 0).length;
  process.stdout.write(
    `${name.padEnd(20)} ${mean.toFixed(2).padStart(8)} ± ${se.toFixed(2)}   ${traded} seeds with trades\n`,
  );
}
