// One round: a run is killed while it records, the next start looks after it, and everything is checked.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { openReader, openWriter, type Reader } from "../../src/adapters/sqlite/open.ts";
import { createRecorder } from "../../src/adapters/sqlite/recorder.ts";
import { replayEvents } from "../../src/adapters/sqlite/replay.ts";
import type { MarketEvent } from "../../src/core/events.ts";
import type { Rng } from "../../src/core/rng.ts";

export interface KillResult {
  /** Runs that were found without an end: none when the kill came before the run was on file. */
  readonly killed: number;
  /** Rows that the run had been told were committed, and rows that were found. */
  readonly acknowledged: number;
  readonly found: number;
  /** What is wrong; empty when all is well. */
  readonly faults: readonly string[];
}

interface Victim {
  readonly pid: number;
  readonly ended: Promise<unknown>;
  readonly kill: () => Promise<void>;
  readonly lines: () => readonly string[];
  readonly line: (start: string) => Promise<string>;
}

const VICTIM = fileURLToPath(new URL("victim.ts", import.meta.url));
const ROOT = fileURLToPath(new URL("../../", import.meta.url));

export function startVictim(path: string, ...args: readonly string[]): Victim {
  const child = spawn(process.execPath, ["--import", "tsx", VICTIM, path, ...args], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  const wanted: { start: string; found: (line: string) => void }[] = [];
  const lines = (): string[] => text.split("\n").slice(0, -1);
  child.stdout.on("data", (part) => {
    text += String(part);
    for (const { start, found } of wanted) {
      const line = lines().find((each) => each.startsWith(start));
      if (line !== undefined) found(line);
    }
  });
  const ended = once(child, "close");
  return {
    pid: child.pid ?? 0,
    ended,
    lines,
    line: (start) =>
      new Promise((found) => {
        wanted.push({ start, found });
      }),
    async kill() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

/** Kills a victim at a random moment of its start or of its work, and starts a run that finds it. */
export async function killOnce(path: string, rng: Rng): Promise<KillResult> {
  const victim = startVictim(path, String(Math.floor(rng.next() * 1e9)));
  // One in eight dies somewhere in its start, one in eight before anything was committed for certain.
  const phase = rng.next();
  if (phase >= 0.25) await victim.line("stored ");
  else if (phase >= 0.125) await victim.line("run ");
  await new Promise((resolve) => {
    setTimeout(resolve, rng.next() * 700);
  });
  await victim.kill();
  if (!existsSync(path)) return { killed: 0, acknowledged: 0, found: 0, faults: [] };
  // Killed before the file was a database of this version: the next start finishes it.
  openWriter(path, { env: "sim" }).close();
  const before = look(path, openRuns);
  const now = Date.now();
  const run = { mode: "collect", startedMs: now, version: "0", config: {}, command: "" } as const;
  const next = createRecorder({ path, env: "sim", run, nowMs: () => now + 2_000 });
  next.event(aQuote(now + 1_000));
  await next.close(0);
  return look(path, (reader) => judge(reader, before, victim.lines(), now + 1_000));
}

function aQuote(recvMs: number): MarketEvent {
  return {
    type: "spot",
    source: "coinbase",
    product: "BTC-USD",
    kind: "quote",
    priceUsd: 1,
    bidUsd: null,
    askUsd: null,
    size: null,
    tradeId: null,
    exchangeMs: null,
    recvMs,
  };
}

function look<T>(path: string, read: (reader: Reader) => T): T {
  const reader = openReader(path);
  try {
    return read(reader);
  } finally {
    reader.close();
  }
}

function openRuns({ db }: Reader): number[] {
  return db.prepare<[], number>("SELECT run_id FROM runs WHERE ended_ms IS NULL").pluck().all();
}

interface Hole {
  readonly source: string;
  readonly from_ms: number;
  readonly to_ms: number;
  readonly ended_ms: number;
  readonly exit_code: number | null;
}

function judge(
  reader: Reader,
  killed: readonly number[],
  lines: readonly string[],
  dataMs: number,
): KillResult {
  const { db } = reader;
  const faults: string[] = [];
  const integrity = String(db.pragma("integrity_check", { simple: true }));
  if (integrity !== "ok") faults.push(`integrity_check: ${integrity}`);
  for (const runId of killed) faults.push(...faultsOf(reader, runId, dataMs));
  const all = db.prepare("SELECT count(*) FROM feed_gaps WHERE reason = 'crash'").pluck().get();
  const ever = db
    .prepare("SELECT count(*) FROM run_processes WHERE recovered_by > 0")
    .pluck()
    .get();
  if (all !== ever) faults.push(`${String(all)} crash gaps for ${String(ever)} killed runs`);
  return { killed: killed.length, ...acknowledged(reader, lines, faults), faults };
}

function faultsOf(reader: Reader, runId: number, dataMs: number): string[] {
  const holes = reader.db
    .prepare<[number], Hole>(
      `SELECT g.source, g.from_ms, g.to_ms, r.ended_ms, r.exit_code FROM runs r
       JOIN feed_gaps g ON g.run_id = r.run_id AND g.reason = 'crash' WHERE r.run_id = ?`,
    )
    .all(runId);
  const [hole] = holes;
  if (hole === undefined || holes.length > 1)
    return [`run ${runId} has ${holes.length} crash gaps`];
  const newest = [...replayEvents(reader, runId)].findLast(({ type }) => type !== "gap")?.recvMs;
  const wanted: Hole = {
    source: "run",
    from_ms: newest ?? hole.from_ms,
    to_ms: dataMs,
    ended_ms: newest ?? hole.from_ms,
    exit_code: null,
  };
  const [is, shouldBe] = [JSON.stringify(hole), JSON.stringify(wanted)];
  return is === shouldBe ? [] : [`run ${runId} has the hole ${is}, not ${shouldBe}`];
}

/** Everything that the victim was told is committed must be there. */
function acknowledged(
  { db }: Reader,
  lines: readonly string[],
  faults: string[],
): { acknowledged: number; found: number } {
  const runId = Number(lines[0]?.slice("run ".length) ?? 0);
  const last = lines.findLast((line) => line.startsWith("stored "));
  const told: Record<string, number> = JSON.parse(last?.slice("stored ".length) ?? "{}");
  const totals = { acknowledged: 0, found: 0 };
  for (const [table, rows] of Object.entries(told)) {
    const found = Number(
      db.prepare(`SELECT count(*) FROM ${table} WHERE run_id = ?`).pluck().get(runId),
    );
    totals.acknowledged += rows;
    totals.found += found;
    if (found < rows) faults.push(`run ${runId}: ${found} of ${rows} rows of ${table}`);
  }
  return totals;
}
