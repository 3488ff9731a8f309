// Deltas into a new database: `kbt` through the product's recorder, `insert` by a prepared six-integer insert.
import { readFileSync } from "node:fs";
import Database from "better-sqlite3";
import { decode } from "../../../src/adapters/kalshi/wire.ts";
import type { BookDelta } from "../../../src/core/events.ts";
import { numberAt, textAt } from "../child.ts";
import { frameMs, START_MS } from "../frames.ts";
import { openBenchRecorder } from "../recorder.ts";
import { serve, timed } from "../serve.ts";

const [who = "", file = ""] = process.argv.slice(2);
const BATCH = 1000;
/** How many rows reach the recorder between two turns of the event loop: sockets deliver a few dozen at a time. */
const TURN = 500;

const deltas = readDeltas(file);

await serve(async (request) => {
  const path = textAt(request, "path");
  const count = numberAt(request, "count");
  // Opening is done once a run and is not what rows cost.
  const write = who === "kbt" ? await openKbt(path) : openInsert(path);
  const cost = await timed(() => write(count));
  return { ...cost, count, account: account(path) };
});

/** Writes so many rows, commits them all and closes the file. */
type Write = (count: number) => Promise<void>;

async function openKbt(path: string): Promise<Write> {
  const recorder = openBenchRecorder(path, () => START_MS);
  recorder.event({ type: "wake", recvMs: START_MS });
  await recorder.drain();
  return async (count) => {
    for (let at = 0; at < count; at++) {
      const delta = deltas[at % deltas.length];
      if (delta !== undefined) recorder.event(delta, "kalshi");
      if (at % TURN === TURN - 1) await turn();
    }
    await recorder.close(0);
  };
}

function openInsert(path: string): Write {
  const db = new Database(path);
  db.pragma("journal_mode = WAL");
  db.pragma("synchronous = NORMAL");
  db.exec(
    "CREATE TABLE d (a INTEGER, b INTEGER, c INTEGER, seq INTEGER, delta INTEGER, e INTEGER) STRICT",
  );
  const statement = db.prepare("INSERT INTO d VALUES (?, ?, ?, ?, ?, ?)");
  const commit = db.transaction((from: number, to: number) => {
    for (let at = from; at < to; at++) {
      const delta = deltas[at % deltas.length];
      if (delta === undefined) continue;
      const { sid, seq, price, delta: size, recvMs } = delta;
      statement.run(sid, 1, price, seq, size, recvMs - START_MS);
    }
  });
  return async (count) => {
    for (let at = 0; at < count; at += BATCH) {
      commit(at, Math.min(count, at + BATCH));
      await turn();
    }
    db.close();
  };
}

/** Rows and sums as SQL finds them afterwards. */
function account(path: string): object {
  const db = new Database(path, { readonly: true });
  const [table, size] =
    who === "kbt" ? ["kalshi_orderbook_deltas", "delta_cq"] : (["d", "delta"] as const);
  const row = db
    .prepare<[], Record<string, number>>(
      `SELECT count(*) AS rows, sum(seq) AS seqs, sum(${size}) AS sizes FROM ${table}`,
    )
    .get();
  db.close();
  return row ?? {};
}

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

function readDeltas(from: string): BookDelta[] {
  const found: BookDelta[] = [];
  for (const text of readFileSync(from, "utf8").split("\n")) {
    const frame = decode(text, frameMs(found.length));
    if (frame.kind === "data" && frame.event.type === "delta") found.push(frame.event);
  }
  return found;
}
