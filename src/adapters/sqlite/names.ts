import type { EvaluationRow } from "./batch.ts";
import type { Db } from "./open.ts";

type Key = string | number | null;

/** Ids of texts that repeat. Looked up once and remembered; created inside the caller's transaction. */
export interface Names {
  marketId(ticker: string): number;
  streamId(sid: number, ticker: string): number;
  spotStreamId(source: string, product: string, kind: string): number;
  depthStreamId(source: string, product: string): number;
  indexNameId(indexId: string): number;
  verdictId(row: EvaluationRow): number;
  /** Ids created by a transaction that was rolled back do not exist: forget everything. */
  forget(): void;
}

interface KnownVerdict
  extends Pick<EvaluationRow, "strategy" | "side" | "decision" | "failed" | "model"> {
  readonly id: number;
}

/** Markets that are remembered; a day of hourly ladders has half of these, and a run lasts for weeks. */
const MARKETS_MAX = 10_000;

export function createNames(db: Db): Names {
  const market = lookup(db, "market_ids", "market_id", ["ticker"]);
  const stream = lookup(db, "streams", "stream_id", ["sid", "market_id"]);
  const spotStream = lookup(db, "spot_streams", "spot_stream_id", ["source", "product", "kind"]);
  const depthStream = lookup(db, "depth_streams", "depth_stream_id", ["source", "product"]);
  const indexName = lookup(db, "index_names", "index_name_id", ["index_id"]);

  const markets = new Map<string, number>();
  // By sid, then by ticker: a joined key would build a string for every delta.
  const streams = new Map<number, Map<string, number>>();
  const others = new Map<string, number>();
  const verdicts = verdictIds(db);

  function remembered(key: string, find: () => number): number {
    let id = others.get(key);
    if (id === undefined) {
      id = find();
      others.set(key, id);
    }
    return id;
  }

  function marketId(ticker: string): number {
    let id = markets.get(ticker);
    if (id === undefined) {
      if (markets.size >= MARKETS_MAX) forgetMarkets();
      id = market(ticker);
      markets.set(ticker, id);
    }
    return id;
  }

  function forgetMarkets(): void {
    markets.clear();
    streams.clear();
  }

  return {
    marketId,
    streamId(sid, ticker) {
      let ofSid = streams.get(sid);
      if (ofSid === undefined) {
        ofSid = new Map();
        streams.set(sid, ofSid);
      }
      let id = ofSid.get(ticker);
      if (id === undefined) {
        id = stream(sid, marketId(ticker));
        ofSid.set(ticker, id);
      }
      return id;
    },
    spotStreamId: (source, product, kind) =>
      remembered(`s\n${source}\n${product}\n${kind}`, () => spotStream(source, product, kind)),
    depthStreamId: (source, product) =>
      remembered(`d\n${source}\n${product}`, () => depthStream(source, product)),
    indexNameId: (indexId) => remembered(`i\n${indexId}`, () => indexName(indexId)),
    verdictId: (row) => verdicts.idOf(row),
    forget() {
      forgetMarkets();
      others.clear();
      verdicts.forget();
    },
  };
}

/** Verdicts by reason, of which there are a few dozen with a handful each: a key of all four would be a new text a row. */
function verdictIds(db: Db): { idOf(row: EvaluationRow): number; forget(): void } {
  const find = lookup(db, "verdicts", "verdict_id", [
    "strategy",
    "side",
    "decision",
    "reason",
    "failed",
    "model_id",
  ]);
  const modelId = db
    .prepare<[string], number>("SELECT model_id FROM pricing_models WHERE version = ?")
    .pluck();
  const byReason = new Map<string, KnownVerdict[]>();
  return {
    idOf({ strategy, side, decision, reason, failed, model }) {
      const ofReason = byReason.get(reason) ?? [];
      if (ofReason.length === 0) byReason.set(reason, ofReason);
      for (const known of ofReason) {
        if (
          known.strategy === strategy &&
          known.side === side &&
          known.decision === decision &&
          known.failed === failed &&
          known.model === model
        ) {
          return known.id;
        }
      }
      const ofModel = model === null ? null : (modelId.get(model) ?? null);
      const id = find(strategy, side, decision, reason, failed, ofModel);
      ofReason.push({ strategy, side, decision, failed, model, id });
      return id;
    },
    forget: () => byReason.clear(),
  };
}

// Find, else insert. Table and column names are constants of this file; values are bound. `IS` finds a null side too.
function lookup(
  db: Db,
  table: string,
  idColumn: string,
  columns: readonly string[],
): (...key: Key[]) => number {
  const find = db.prepare<Key[], { id: number }>(
    `SELECT ${idColumn} AS id FROM ${table} WHERE ${columns.map((c) => `${c} IS ?`).join(" AND ")}`,
  );
  const insert = db.prepare<Key[]>(
    `INSERT INTO ${table} (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})`,
  );
  return (...key) => find.get(...key)?.id ?? Number(insert.run(...key).lastInsertRowid);
}
