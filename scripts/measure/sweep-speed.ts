// What a second core is worth to a sweep: `npm run measure:sweep -- --rounds 5`. Two variants of one recorded run, on one thread
// and on two in turn, without what the command does besides (timed alone in each round).
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: { rounds: { type: "string", default: "5" }, windows: { type: "string", default: "4" } },
});
const bin = new URL("../../bin/kbt.js", import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), "kbt-sweep-"));
const db = join(folder, "kbt.sqlite");
const SWEEP = ["--sweep", "strategy.threshold-ev.ev_min=0.03,0.05"];

/** Seconds that a command takes, start and end included. */
function run(...args: readonly string[]): number {
  const began = performance.now();
  const done = spawnSync(process.execPath, [bin, ...args, "--db", db, "--quiet"], {
    cwd: folder,
    encoding: "utf8",
  });
  if (done.status !== 0) throw new Error(`${args.join(" ")}: ${done.stderr}`);
  return (performance.now() - began) / 1000;
}

const median = (list: readonly number[]): number =>
  list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? Number.NaN;

try {
  run("paper", "--sim", "--sim-speed", "max", "--windows", values.windows);
  const ratios: number[] = [];
  for (let round = 0; round < Number(values.rounds); round++) {
    const alone = run("backtest", "--run", "1");
    const one = run("backtest", "--run", "1", ...SWEEP, "--threads", "1") - alone;
    const two = run("backtest", "--run", "1", ...SWEEP, "--threads", "2") - alone;
    ratios.push(one / two);
    process.stdout.write(
      `round ${round + 1}: two variants on one thread ${one.toFixed(2)} s, on two ${two.toFixed(2)} s, ${(one / two).toFixed(2)}x (the replay that is stored: ${alone.toFixed(2)} s)\n`,
    );
  }
  process.stdout.write(
    `two threads against one: ${median(ratios).toFixed(2)}x [${Math.min(...ratios).toFixed(2)}..${Math.max(...ratios).toFixed(2)}], median of ${ratios.length}\n`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
