import type Database from "better-sqlite3";
import { createUnpacked, rowAt } from "./columns.ts";
import { decodeSegment } from "./decode.ts";

// Inside kbt the contract's names show packed and plain deltas alike. The unpacking is a table-valued function that gets
// the packed bytes as an argument: it runs no statement of its own, which SQLite would not allow on this connection.

/** Gives a connection the function `delta_rows` and views over both kinds of deltas that hide the stored views. */
export function showSegments(db: Database.Database): void {
  db.table("delta_rows", {
    columns: ["ev", "stream_id", "seq", "price_code", "delta_cq", "dt_ms", "lag_ms"],
    parameters: ["first_ev", "data"],
    *rows(firstEv: unknown, data: unknown) {
      if (typeof firstEv !== "number" || !(data instanceof Uint8Array)) return;
      // Two cursors may be open at once, so each has columns of its own.
      const unpacked = createUnpacked();
      const n = decodeSegment(firstEv, data, unpacked);
      for (let row = 0; row < n; row++) yield rowAt(firstEv, unpacked, row);
    },
  });
  db.exec(`CREATE TEMP VIEW kalshi_orderbook_deltas AS
    SELECT * FROM main.kalshi_orderbook_deltas UNION ALL ${PACKED};
    ${storedView(db, "v_deltas")}`);
}

// As kalshi_orderbook_deltas in the migrations, with the packed rows for the plain ones.
const PACKED = `
SELECT d.ev, r.run_id, m.ticker, s.sid, d.seq,
       CASE WHEN d.price_code < 0 THEN 'no' ELSE 'yes' END AS side,
       CASE WHEN d.price_code < 0 THEN -1 - d.price_code ELSE d.price_code END AS price_cc,
       d.delta_cq,
       r.started_ms + d.dt_ms - d.lag_ms AS exchange_ms,
       r.started_ms + d.dt_ms AS recv_ms
FROM main.runs r CROSS JOIN main.delta_segments g
  ON g.first_ev >= r.run_id * 10000000000 AND g.first_ev < (r.run_id + 1) * 10000000000
CROSS JOIN delta_rows(g.first_ev, g.data) d
LEFT JOIN main.streams s ON s.stream_id = d.stream_id
LEFT JOIN main.market_ids m ON m.market_id = s.market_id`;

/** The stored view once more as a temporary one: its names then mean the temporary ones too. */
function storedView(db: Database.Database, name: string): string {
  const stored = db
    .prepare<[string], { sql: string }>(
      "SELECT sql FROM main.sqlite_schema WHERE type = 'view' AND name = ?",
    )
    .get(name);
  return stored?.sql.replace(/^CREATE VIEW/, "CREATE TEMP VIEW") ?? "";
}
