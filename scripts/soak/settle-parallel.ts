// Five `ledger settle` at once beside `collect` and two `paper` on one file, again and again:
// npm run soak:settle -- [--minutes 3] [--seed 1] [--speed 60]
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import Database from "better-sqlite3";
import { BIN, environmentOf, serve } from "./served.ts";

const AT_ONCE = 5;

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "3" },
    seed: { type: "string", default: "1" },
    speed: { type: "string", default: "60" },
    rounds: { type: "string", default: "3" },
  },
});
const folder = mkdtempSync(join(tmpdir(), "kbt-settle-"));
const db = join(folder, "kbt.sqlite");

interface Ran {
  readonly code: number | null;
  readonly errors: string;
}

function start(args: readonly string[], env: Record<string, string>) {
  const child = spawn(process.execPath, [BIN, ...args], { cwd: folder, env, stdio: "pipe" });
  let errors = "";
  child.stdout.resume();
  child.stderr.on("data", (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const done = once(child, "close").then((): Ran => ({ code: child.exitCode, errors }));
  return { child, done };
}

/** What settling leaves: results by market and revision, and the legs that pay, confirm and correct. */
function rowsOf(): string {
  const file = new Database(db, { readonly: true });
  try {
    const results = file
      .prepare("SELECT ticker, revision, result, final FROM settlement_revisions ORDER BY 1, 2")
      .all();
    const legs = file
      .prepare(
        "SELECT ticker, run_id, qty_cq, cost_ud, pnl_ud, status FROM trade_ledger WHERE action = 'settle' ORDER BY 1, 2, 3, 4",
      )
      .all();
    return JSON.stringify({ results, legs });
  } finally {
    file.close();
  }
}

/** Markets that were paid twice by one account: more contracts settled than its fills leave. */
function paidTwice(): unknown[] {
  const file = new Database(db, { readonly: true });
  try {
    return file
      .prepare(
        `SELECT l.ticker, coalesce(a.account, l.run_id) AS account, count(*) AS payments FROM trade_ledger l
         LEFT JOIN run_accounts a ON a.run_id = l.run_id
         WHERE l.action = 'settle' AND l.qty_cq > 0 GROUP BY 1, 2 HAVING count(*) > 1`,
      )
      .all();
  } finally {
    file.close();
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

const problems: string[] = [];
const { child: exchange, urls } = await serve(folder, [
  "--seed",
  values.seed,
  "--speed",
  values.speed,
]);
const env = environmentOf(urls, { folder, db, venues: ["coinbase"] });
const eager = ["--set", "strategy.threshold-ev.ev_min=0.001", "--json"];
const workers = [
  start(["collect", "--seconds", "0", "--json"], env),
  start(["paper", ...eager], env),
  start(["paper", "--series", "KXBTC15M", ...eager], env),
];
const rounds = Number(values.rounds);
for (let round = 1; round <= rounds; round++) {
  await sleep((Number(values.minutes) * 60_000) / rounds);
  const settling = await Promise.all(
    Array.from({ length: AT_ONCE }, () => start(["ledger", "settle"], env).done),
  );
  const codes = settling.map(({ code }) => code).join(" ");
  say(`round ${round}: exit codes of ${AT_ONCE} at once: ${codes}`);
  for (const { code, errors } of settling) {
    if (code === 0) continue;
    say(errors.trim());
    problems.push(`exit ${code}`);
  }
}
for (const { child } of workers) child.kill("SIGINT");
for (const { done } of workers) {
  const { code, errors } = await done;
  if (code !== 0 && code !== 7) problems.push(`a run ended with ${code}: ${errors.trim()}`);
  problems.push(...errors.split("\n").filter((line) => /locked|busy/i.test(line)));
}
// Everything has closed and settled; whoever comes now finds nothing, five at once or one after the other.
await sleep(5_000);
await start(["ledger", "settle"], env).done;
const before = rowsOf();
const again = await Promise.all(
  Array.from({ length: AT_ONCE }, () => start(["ledger", "settle"], env).done),
);
if (again.some(({ code }) => code !== 0)) problems.push("settling again failed");
const after = rowsOf();
const counts: { results: unknown[]; legs: unknown[] } = JSON.parse(after);
say(
  `${counts.results.length} results, ${counts.legs.length} settle legs, the same before and after: ${before === after}`,
);
if (before !== after) problems.push("rows differ after settling again");
const twice = paidTwice();
say(`positions paid twice: ${twice.length}`);
if (twice.length > 0) problems.push(JSON.stringify(twice));
const reconciled = await start(["ledger", "reconcile", "--mode", "paper"], env).done;
say(`ledger reconcile: exit ${reconciled.code}`);
if (reconciled.code !== 0) problems.push(reconciled.errors);
exchange.kill("SIGTERM");
say(problems.length === 0 ? "everything adds up" : problems.join("\n"));
rmSync(folder, { recursive: true, force: true });
process.exitCode = problems.length === 0 ? 0 : 1;
