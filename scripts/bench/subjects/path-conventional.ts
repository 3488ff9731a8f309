// The whole path as most would write it first.
import Database from "better-sqlite3";
import { runConventional } from "../conventional/pipeline.ts";
import { servePath } from "../path-run.ts";

const [tickers = "", compression = ""] = process.argv.slice(2);

await servePath(
  (run) => runConventional(run, tickers.split(","), compression === "deflate"),
  facts,
);

/** What can be compared of it: every delta with its price and size. */
function facts(path: string): object {
  const db = new Database(path, { readonly: true });
  const found = db
    .prepare(
      `SELECT count(*) AS deltas, CAST(sum(round(price * 10000)) AS INTEGER) AS prices,
              CAST(sum(round(delta * 100)) AS INTEGER) AS sizes FROM messages WHERE type = 'orderbook_delta'`,
    )
    .get();
  db.close();
  return typeof found === "object" && found !== null ? found : {};
}
