import { performance } from "node:perf_hooks";
import Database from "better-sqlite3";

// A person with the sqlite3 shell on the file that others write: looks at tables, now and then writes a word into one of
// their own. Says at the end how long the longest write had to wait.

const [path = ""] = process.argv.slice(2);
const db = new Database(path, { timeout: 2000 });
db.exec("CREATE TABLE IF NOT EXISTS notes (at_ms INTEGER NOT NULL, text TEXT NOT NULL) STRICT");
const note = db.prepare("INSERT INTO notes VALUES (?, ?)");
const looks = [
  "SELECT ticker, count(*) FROM kalshi_orderbook_deltas GROUP BY ticker",
  "SELECT source, product, max(recv_ms) FROM spot_ticks GROUP BY source, product",
  "SELECT reason, count(*) FROM opportunities GROUP BY reason",
  "SELECT * FROM feed_gaps ORDER BY ev DESC LIMIT 20",
];
let reads = 0;
let writes = 0;
let longestMs = 0;
const stop = new AbortController();
process.once("SIGINT", () => stop.abort());
while (!stop.signal.aborted) {
  for (const sql of looks) {
    db.prepare(sql).all();
    reads++;
  }
  const startedMs = performance.now();
  note.run(Date.now(), "looked");
  longestMs = Math.max(longestMs, performance.now() - startedMs);
  writes++;
  await new Promise((next) => setTimeout(next, 100));
}
process.stderr.write(
  `shell: ${reads} reads, ${writes} writes, longest write ${longestMs.toFixed(1)} ms\n`,
);
db.close();
