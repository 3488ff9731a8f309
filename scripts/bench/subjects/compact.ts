// Deltas into segments: `upkeep` moves the rows of markets that are over as the product does it, reading and removing them;
// `pack` has them in memory and only packs and writes.
import { readFileSync } from "node:fs";
import Database from "better-sqlite3";
import { decode } from "../../../src/adapters/kalshi/wire.ts";
import { openReader, openWriter } from "../../../src/adapters/sqlite/open.ts";
import {
  createColumns,
  type DeltaRow,
  SEGMENT_ROWS,
  setRow,
} from "../../../src/adapters/sqlite/segments/columns.ts";
import { compact } from "../../../src/adapters/sqlite/segments/compact.ts";
import { encodeSegment } from "../../../src/adapters/sqlite/segments/encode.ts";
import { numberAt, textAt } from "../child.ts";
import { frameMs, START_MS } from "../frames.ts";
import { benchMarkets } from "../path-world.ts";
import { openBenchRecorder } from "../recorder.ts";
import { type Cost, serve, timed } from "../serve.ts";

const [who = "", file = "", tickers = ""] = process.argv.slice(2);
const DAY_MS = 86_400_000;
const TURN = 500;

const texts = readFileSync(file, "utf8")
  .split("\n")
  .filter((text) => text.includes('"orderbook_delta"'));

await serve(async (request) => {
  const path = textAt(request, "path");
  const count = numberAt(request, "count");
  await record(path, count);
  const { rows, ...cost } = who === "upkeep" ? await upkeep(path) : await pack(path);
  return { ...cost, count: rows, account: account(path), bytes: bytesOfSegments(path) / rows };
});

async function upkeep(path: string): Promise<Cost & { readonly rows: number }> {
  const writer = openWriter(path, { env: "sim" });
  const end = START_MS + DAY_MS;
  let rows = 0;
  const cost = await timed(() => {
    rows = compact(writer, { beforeMs: end, nowMs: end }).rows;
  });
  writer.close();
  return { ...cost, rows };
}

async function pack(path: string): Promise<Cost & { readonly rows: number }> {
  const writer = openWriter(path, { env: "sim" });
  const rows = writer.bulk
    .prepare<[], DeltaRow>(
      "SELECT ev, stream_id, seq, price_code, delta_cq, dt_ms, lag_ms FROM deltas ORDER BY ev",
    )
    .raw()
    .all();
  writer.bulk.exec("DELETE FROM deltas");
  const insert = writer.bulk.prepare(
    "INSERT INTO delta_segments (first_ev, last_ev, t0_ms, t1_ms, n, data) VALUES (?, ?, ?, ?, ?, ?)",
  );
  const columns = createColumns();
  const cost = await timed(() => {
    for (let from = 0; from < rows.length; from += SEGMENT_ROWS) {
      const part = Math.min(SEGMENT_ROWS, rows.length - from);
      for (let at = 0; at < part; at++) {
        const row = rows[from + at];
        if (row !== undefined) setRow(columns, at, row);
      }
      const segment = encodeSegment(columns, part);
      if (segment === null) throw new Error("deltas that cannot be packed");
      const { firstEv, lastEv, dtMin, dtMax, n, data } = segment;
      insert.run(firstEv, lastEv, START_MS + dtMin, START_MS + dtMax, n, data);
    }
  });
  writer.close();
  return { ...cost, rows: rows.length };
}

async function record(path: string, count: number): Promise<void> {
  const recorder = openBenchRecorder(path, () => START_MS);
  for (const market of benchMarkets(tickers.split(","))) recorder.event(market, "kalshi");
  for (let at = 0; at < count; at++) {
    const frame = decode(texts[at % texts.length] ?? "", frameMs(at));
    if (frame.kind === "data") recorder.event(frame.event, "kalshi");
    if (at % TURN === TURN - 1) await turn();
  }
  await recorder.close(0);
}

/** Rows and sums as they read back inside kbt, packed or not. */
function account(path: string): object {
  const reader = openReader(path);
  const row = reader.db
    .prepare<[], Record<string, number>>(
      "SELECT count(*) AS rows, sum(seq) AS seqs, sum(delta_cq) AS sizes FROM kalshi_orderbook_deltas",
    )
    .get();
  reader.close();
  return row ?? {};
}

function bytesOfSegments(path: string): number {
  const db = new Database(path, { readonly: true });
  const bytes = db.prepare("SELECT sum(pgsize) FROM dbstat WHERE name = 'delta_segments'").pluck();
  const found = Number(bytes.get());
  db.close();
  return found;
}

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
