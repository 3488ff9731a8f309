import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import Database from "better-sqlite3";
import type { FaultStatistics } from "../../src/exchange/faults/fault-statistics.ts";
import {
  arrivedFrames,
  GAP_COLUMNS,
  type GapRow,
  hangUps,
  uncoveredFrames,
} from "../../tests/support/accounts.ts";
import { BIN, environmentOf, serve } from "./served.ts";

// `collect`, two `paper`, `ledger settle` again and again, and a person with the sqlite3 shell, all on one file against
// one local exchange in chaos. At the end every frame that the exchange says it sent is looked for in the database.

const SHELL = fileURLToPath(new URL("shell.ts", import.meta.url));
const SETTLE_EVERY_MS = 20_000;

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "10" },
    seed: { type: "string", default: "1" },
    scenario: { type: "string", default: "chaos" },
    venues: { type: "string", default: "kalshi,coinbase,kraken,binance,bitstamp,gemini" },
    keep: { type: "boolean", default: false },
  },
});
const VENUES = values.venues.split(",");
const folder = mkdtempSync(join(tmpdir(), "kbt-five-"));
const db = join(folder, "kbt.sqlite");

interface Worker {
  readonly name: string;
  readonly child: ChildProcess;
  readonly done: Promise<{ readonly code: number | null; readonly errors: string }>;
}

function start(name: string, args: readonly string[], env: Record<string, string>): Worker {
  const child = spawn(process.execPath, args, { cwd: folder, env, stdio: "pipe" });
  let errors = "";
  child.stdout.resume();
  child.stderr.on("data", (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const done = once(child, "close").then(() => ({ code: child.exitCode, errors }));
  return { name, child, done };
}

/** `ledger settle` as cron would run it; gives what went wrong. */
async function settleAgainAndAgain(
  env: Record<string, string>,
  isOver: () => boolean,
): Promise<{ runs: number; failures: string[] }> {
  const failures: string[] = [];
  let runs = 0;
  while (!isOver()) {
    const { code, errors } = await start("settle", [BIN, "ledger", "settle"], env).done;
    runs++;
    // An exchange that refuses for a while is chaos; a locked database would be ours.
    if (code !== 0 && code !== 5 && code !== 6) failures.push(`exit ${code}: ${errors.trim()}`);
    await wait(SETTLE_EVERY_MS);
  }
  return { runs, failures };
}

interface FeedRow {
  readonly feed: string;
  readonly frames: number;
  readonly received: number;
  readonly stored: number;
  readonly rejected: number;
  readonly gaps: number;
}

interface Books {
  readonly connections: FaultStatistics["connections"];
  readonly feeds: readonly FeedRow[];
  readonly gaps: readonly GapRow[];
  readonly endMs: number;
}

function readBooks(connections: FaultStatistics["connections"], endMs: number): Books {
  const reader = new Database(db, { readonly: true });
  try {
    const feeds = reader
      .prepare<[], FeedRow>(
        `SELECT feed, sum(frames) AS frames, sum(received) AS received, sum(stored) AS stored,
           sum(rejected) AS rejected, sum(gaps) AS gaps FROM run_feeds GROUP BY feed`,
      )
      .all();
    const gaps = reader.prepare<[], GapRow>(`SELECT ${GAP_COLUMNS} FROM feed_gaps`).all();
    const integrity = String(reader.pragma("integrity_check", { simple: true }));
    if (integrity !== "ok") problems.push(`integrity_check: ${integrity}`);
    return { connections, feeds, gaps, endMs };
  } finally {
    reader.close();
  }
}

const NOTHING = { feed: "", frames: 0, received: 0, stored: 0, rejected: 0, gaps: 0 };

/** Holds what the exchange sent on one venue's sockets against what the database says of it. */
function checkVenue(books: Books, venue: string): void {
  const { connections, feeds } = books;
  const row = feeds.find(({ feed }) => feed === venue) ?? NOTHING;
  const arrived = arrivedFrames(connections, venue);
  const unread = arrived - row.frames;
  const uncovered = uncoveredFrames(books, venue);
  const ofVenue = connections.filter((each) => each.venue === venue);
  const withheld = ofVenue.reduce((sum, each) => sum + each.withheld.length, 0);
  say(
    `${venue.padEnd(9)}sent ${arrived + withheld} = frames ${row.frames} + in flight at ` +
      `${hangUps(connections, venue)} hang-ups ${unread} + withheld ${withheld}, in no gap ${uncovered.length};  ` +
      `received ${row.received} = stored ${row.stored} + rejected ${row.rejected};  ${row.gaps} gap rows`,
  );
  if (row === NOTHING) problems.push(`${venue} left no account`);
  if (row.received !== row.stored + row.rejected) problems.push(`${venue} does not add up`);
  if (unread < 0) problems.push(`${venue}: more read than sent`);
  problems.push(...uncovered.slice(0, 5));
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function wait(ms: number): Promise<void> {
  return new Promise((next) => {
    setTimeout(next, ms);
  });
}

async function stateOf(controlUrl: string): Promise<FaultStatistics["connections"]> {
  const answer = await fetch(`${controlUrl}/state`);
  const state: { readonly struck: FaultStatistics } = JSON.parse(await answer.text());
  return state.struck.connections;
}

async function stop({ name, child, done }: Worker): Promise<void> {
  child.kill("SIGINT");
  const { code, errors } = await done;
  const lines = errors.trim().split("\n");
  const last = lines.at(-1) ?? "";
  say(`${name}: exit ${code}${code === 0 && name !== "shell" ? "" : `, ${last}`}`);
  // Not met is a word about chaos: a feed that was away for the whole run.
  if (code !== 0 && !(name === "collect" && code === 7))
    problems.push(`${name} ended with ${code}`);
  problems.push(...lines.filter((line) => /locked|busy/i.test(line)));
}

const problems: string[] = [];
const { child: exchange, urls } = await serve(folder, [
  "--scenario",
  values.scenario,
  "--seed",
  values.seed,
]);
const env = environmentOf(urls, {
  folder,
  db,
  venues: VENUES.filter((venue) => venue !== "kalshi"),
});
const feeds = VENUES.map((venue) => `--${venue}`);
const workers = [
  start("collect", [BIN, "collect", ...feeds, "--level2", "--seconds", "0", "--json"], env),
  start("paper 1", [BIN, "paper", "--json"], env),
  start("paper 2", [BIN, "paper", "--json", "--series", "KXBTC15M"], env),
];
let isOver = false;
// Once the file is there.
await wait(5000);
workers.push(start("shell", ["--import", import.meta.resolve("tsx"), SHELL, db], env));
const settling = settleAgainAndAgain(env, () => isOver);
const endAt = Date.now() + Number(values.minutes) * 60_000;
while (Date.now() < endAt && workers.every(({ child }) => child.exitCode === null)) {
  await wait(1000);
}
isOver = true;
const endMs = Date.now();
for (const worker of workers) await stop(worker);
const settled = await settling;
say(`ledger settle: ${settled.runs} runs, ${settled.failures.length} failed`);
problems.push(...settled.failures);
const connections = await stateOf(urls["control_url"] ?? "");
exchange.kill("SIGTERM");
const books = readBooks(connections, endMs);
for (const venue of VENUES) checkVenue(books, venue);
say(problems.length === 0 ? `seed ${values.seed}: everything adds up` : problems.join("\n"));
if (values.keep) say(`kept in ${folder}`);
else rmSync(folder, { recursive: true, force: true });
process.exitCode = problems.length === 0 ? 0 : 1;
