import Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { killOnce, startVictim } from "../../../scripts/soak/kill-once.ts";
import type { SqliteRecorder } from "../../../src/adapters/sqlite/recorder.ts";
import type { MarketEvent } from "../../../src/core/events.ts";
import { mulberry32 } from "../../../src/core/rng.ts";
import { aRecorder, EVENTS, rows, T0, tempDb } from "./support.ts";

const CRASHES = "SELECT run_id, source, from_ms, to_ms FROM feed_gaps WHERE reason = 'crash'";

function quote(recvMs: number): MarketEvent {
  const spot = EVENTS.find((event) => event.type === "spot");
  if (spot === undefined) throw new Error("no spot event");
  return { ...spot, recvMs };
}

/** A run of this process that looks, to the next start, like one of a process that is gone. */
async function killedRun(path: string, events: readonly MarketEvent[]): Promise<SqliteRecorder> {
  const recorder = aRecorder(path, "collect");
  for (const event of events) recorder.event(event);
  await recorder.drain();
  change(path, `UPDATE run_processes SET process_start = substr(process_start, 1, 37) || '1'`);
  return recorder;
}

function change(path: string, sql: string): void {
  const db = new Database(path);
  db.exec(sql);
  db.close();
}

test("twenty kills at random moments: nothing broken, nothing acknowledged lost, one hole each", async () => {
  const path = tempDb();
  const seed = Date.now() % 1e6;
  const rng = mulberry32(seed);
  let killed = 0;
  let acknowledged = 0;
  for (let n = 0; n < 20; n++) {
    const result = await killOnce(path, rng);
    expect(result.faults, `seed ${seed}, kill ${n}`).toEqual([]);
    killed += result.killed;
    acknowledged += result.acknowledged;
  }
  expect(killed).toBeGreaterThan(10);
  expect(acknowledged).toBeGreaterThan(1_000);
}, 240_000);

test("a suspended run is not taken for dead, and ends as if nothing had been", async () => {
  const path = tempDb();
  const victim = startVictim(path, "7", "1500");
  await victim.line("stored ");
  process.kill(victim.pid, "SIGSTOP");
  try {
    // Its beat is an hour old.
    change(path, "UPDATE run_processes SET beat_ms = beat_ms - 3600000");
    await aRecorder(path, "collect").close(0);
    expect(rows(path, CRASHES)).toEqual([]);
  } finally {
    process.kill(victim.pid, "SIGCONT");
  }
  await victim.ended;
  expect(rows(path, "SELECT exit_code FROM runs")).toEqual([{ exit_code: 0 }, { exit_code: 0 }]);
});

test("of starts at the same time, one finds a killed run", async () => {
  const path = tempDb();
  const killed = startVictim(path, "1");
  await killed.line("stored ");
  await killed.kill();
  const starts = ["2", "3", "4"].map((seed) => startVictim(path, seed, "300"));
  await Promise.all(starts.map(({ ended }) => ended));
  expect(rows(path, CRASHES)).toHaveLength(1);
  expect(rows(path, "SELECT * FROM run_processes WHERE recovered_by IS NOT NULL")).toHaveLength(1);
});

describe("the hole behind a killed run", () => {
  test("begins with its newest event and lasts until data flows again", async () => {
    const path = tempDb();
    const wake: MarketEvent = { type: "wake", recvMs: T0 + 7_000 };
    const killed = await killedRun(path, [quote(T0 + 1_000), quote(T0 + 5_000), wake]);
    const next = aRecorder(path, "collect", { run: aRun(T0 + 20_000) });
    next.event({ type: "wake", recvMs: T0 + 21_000 });
    await next.drain();
    const { runId: run_id } = killed;
    const hole = { run_id, source: "run", from_ms: T0 + 7_000 };
    expect(rows(path, CRASHES)).toEqual([{ ...hole, to_ms: T0 + 20_000 }]);
    next.event(quote(T0 + 23_000));
    next.event(quote(T0 + 24_000));
    await next.close(0);
    expect(rows(path, CRASHES)).toEqual([{ ...hole, to_ms: T0 + 23_000 }]);
    expect(rows(path, `SELECT ended_ms, exit_code FROM runs WHERE run_id = ${run_id}`)).toEqual([
      { ended_ms: T0 + 7_000, exit_code: null },
    ]);
    // Found once: later starts leave it alone.
    await aRecorder(path).close(0);
    expect(rows(path, CRASHES)).toEqual([{ ...hole, to_ms: T0 + 23_000 }]);
  });

  test("lasts to the end of a run that heard nothing", async () => {
    const path = tempDb();
    await killedRun(path, [quote(T0 + 1_000)]);
    const next = aRecorder(path, "collect", { writer: "thread", run: aRun(T0 + 20_000) });
    await next.close(0);
    expect(rows(path, CRASHES)).toMatchObject([{ from_ms: T0 + 1_000, to_ms: T0 + 60_000 }]);
  });

  test("begins with the start of a run that recorded nothing", async () => {
    const path = tempDb();
    await killedRun(path, []);
    await aRecorder(path, "collect", { run: aRun(T0 + 20_000) }).close(0);
    expect(rows(path, CRASHES)).toMatchObject([{ from_ms: T0, to_ms: T0 + 60_000 }]);
  });

  test("begins where the run said it was when its rows have been thinned out since", async () => {
    const path = tempDb();
    await killedRun(path, [quote(T0 + 1_000), quote(T0 + 5_000)]);
    change(path, "DELETE FROM spots");
    await aRecorder(path, "collect", { run: aRun(T0 + 20_000) }).close(0);
    expect(rows(path, CRASHES)).toMatchObject([{ from_ms: T0 + 5_000 }]);
  });

  test("of a settlement that came last begins with it", async () => {
    const path = tempDb();
    await killedRun(path, [quote(T0 + 1_000), ...EVENTS.filter((e) => e.type === "settlement")]);
    change(path, `UPDATE run_processes SET newest_ms = ${T0}`);
    await aRecorder(path, "collect", { run: aRun(T0 + 20_000) }).close(0);
    expect(rows(path, CRASHES)).toMatchObject([{ from_ms: T0 + 900_500, to_ms: T0 + 900_500 }]);
  });
});

describe("a run whose process cannot be looked up from here", () => {
  test.each([
    ["spoke a moment ago", "beat_ms", 0],
    ["was silent for a minute", "beat_ms - 61000", 1],
    ["was silent for a minute, but its pid is taken", "beat_ms - 61000, pid = 1", 0],
  ])("%s", async (_, beat, holes) => {
    const path = tempDb();
    await killedRun(path, [quote(T0 + 1_000)]);
    change(path, `UPDATE run_processes SET pid_namespace = 'pid:[1]', beat_ms = ${beat}`);
    await aRecorder(path).close(0);
    expect(rows(path, CRASHES)).toHaveLength(holes);
  });

  test("of an earlier boot of this machine is gone", async () => {
    const path = tempDb();
    await killedRun(path, [quote(T0 + 1_000)]);
    change(path, "UPDATE run_processes SET pid_namespace = 'pid:[1]', process_start = 'x:1'");
    await aRecorder(path).close(0);
    expect(rows(path, CRASHES)).toHaveLength(1);
  });
});

function aRun(startedMs: number) {
  return { mode: "collect", startedMs, version: "0.1.0", config: {}, command: "collect" } as const;
}
