import type { Level } from "../../../core/events.ts";
import type { Side } from "../../../core/units.ts";
import { EV_PER_RUN } from "../numbering.ts";
import type { Reader } from "../open.ts";
import { reading } from "../queries/read.ts";
import { runsBetween } from "../queries/runs.ts";
import { type NumberedDelta, replayDeltas } from "../replay.ts";
import {
  type Cell,
  type Column,
  DELTA_COLUMNS,
  EXPORT_TABLES,
  type ExportTable,
  MARKET_CANDLES,
  SNAPSHOT_COLUMNS,
  SNAPSHOTS,
} from "./tables.ts";

/** What of a file an export shall hold; both ends of the time belong to it. */
export interface ExportRange {
  readonly mode?: string | undefined;
  readonly runId?: number | undefined;
  readonly since?: number | undefined;
  readonly until?: number | undefined;
}

export type ExportRow = readonly Cell[];

/** Columns of an export, and its rows some thousand at a time: no statement stays open while somebody reads slowly. */
export interface Export {
  readonly columns: readonly Column[];
  readonly pages: (reader: Reader, range: ExportRange) => Generator<readonly ExportRow[]>;
}

export type ExportName = keyof typeof EXPORT_TABLES | "deltas" | "snapshots" | "market-candles";

const PAGE = 2_000;
const BOOKS_PAGE = 200;

/** Those that are no plain table. */
const OTHERS: ReadonlyMap<ExportName, Export> = new Map<ExportName, Export>([
  ["deltas", { columns: DELTA_COLUMNS, pages: deltas }],
  ["snapshots", { columns: SNAPSHOT_COLUMNS, pages: snapshots }],
  ["market-candles", { columns: MARKET_CANDLES.columns, pages: marketCandles }],
]);
const TABLES: ReadonlyMap<string, ExportTable> = new Map(Object.entries(EXPORT_TABLES));

/** The export of that name. */
export function exportOf(name: ExportName): Export {
  const other = OTHERS.get(name);
  if (other !== undefined) return other;
  const table = TABLES.get(name);
  if (table === undefined) throw new Error(`nothing is exported as ${name}`);
  return { columns: table.columns, pages: (reader, range) => rows(reader, table, range) };
}

function runsOf(reader: Reader, range: ExportRange): readonly number[] {
  const { runId } = range;
  return runsBetween(reader, range).filter((run) => runId === undefined || run === runId);
}

function isWithin({ since, until }: ExportRange, ms: Cell | undefined): boolean {
  if (since === undefined && until === undefined) return true;
  const at = Number(ms);
  return at >= (since ?? at) && at <= (until ?? at);
}

function* rows(
  reader: Reader,
  table: ExportTable,
  range: ExportRange,
): Generator<readonly ExportRow[]> {
  for (const page of table.byRun ? ofRuns(reader, table, range) : ofLedger(reader, table, range)) {
    yield page.filter((row) => isWithin(range, row[table.time]));
  }
}

function* ofRuns(
  reader: Reader,
  table: ExportTable,
  range: ExportRange,
  limit = PAGE,
): Generator<readonly ExportRow[]> {
  for (const run of runsOf(reader, range)) {
    const low = run * EV_PER_RUN;
    // Numbers begin at the run's own multiple.
    yield* paged(reader, table, { after: low - 1, end: low + EV_PER_RUN, limit });
  }
}

function ofLedger(
  reader: Reader,
  table: ExportTable,
  {
    mode = null,
    runId = null,
  }: { mode?: string | null | undefined; runId?: number | null | undefined },
): Generator<readonly ExportRow[]> {
  return paged(reader, table, { after: 0, mode, run: runId, limit: PAGE });
}

type Bounds = Readonly<Record<string, Cell>> & {
  readonly after: number;
  readonly limit: number;
};

function* paged(
  reader: Reader,
  { key, sql }: ExportTable,
  bounds: Bounds,
): Generator<readonly ExportRow[]> {
  const statement = reading(reader, () => reader.db.prepare<[Bounds], readonly Cell[]>(sql).raw());
  for (let { after } = bounds; ; ) {
    const found = reading(reader, () => statement.all({ ...bounds, after }));
    yield found;
    const last = found.at(-1)?.[key];
    if (found.length < bounds.limit || typeof last !== "number") return;
    after = last;
  }
}

function* deltas(reader: Reader, range: ExportRange): Generator<readonly ExportRow[]> {
  for (const run of runsOf(reader, range)) {
    for (const page of replayDeltas(reader, run)) {
      yield page
        .filter(({ delta }) => isWithin(range, delta.recvMs))
        .map((one) => deltaRow(run, one));
    }
  }
}

function deltaRow(run: number, { delta, ev }: NumberedDelta): ExportRow {
  const { exchangeMs, price, recvMs, seq, sid, side, ticker } = delta;
  return [ev, run, ticker, sid, seq, side, price, delta.delta, exchangeMs, recvMs];
}

function* snapshots(reader: Reader, range: ExportRange): Generator<readonly ExportRow[]> {
  for (const page of ofRuns(reader, SNAPSHOTS, range, BOOKS_PAGE)) {
    yield page.filter((row) => isWithin(range, row[SNAPSHOTS.time])).flatMap(levelsOf);
  }
}

/** A row a level, the yes bids first, as they came. */
function levelsOf(row: ExportRow): ExportRow[] {
  const book = row.slice(0, -2);
  const levels = [...sideOf("yes", row.at(-2)), ...sideOf("no", row.at(-1))];
  return levels.length === 0
    ? [[...book, null, null, null]]
    : levels.map((level) => [...book, ...level]);
}

function sideOf(side: Side, json: Cell | undefined): ExportRow[] {
  const levels: readonly Level[] = JSON.parse(String(json));
  return levels.map(([price, qty]) => [side, price, qty]);
}

function* marketCandles(reader: Reader, range: ExportRange): Generator<readonly ExportRow[]> {
  const { sql, time } = MARKET_CANDLES;
  const nextMarket = reader.db
    .prepare<[number], number>(
      "SELECT market_id FROM market_candles WHERE market_id > ? ORDER BY market_id LIMIT 1",
    )
    .pluck();
  const ofMarket = reader.db.prepare<[{ market: number }], readonly Cell[]>(sql).raw();
  let page: ExportRow[] = [];
  let market = 0;
  for (;;) {
    const next = reading(reader, () => nextMarket.get(market));
    if (next === undefined) break;
    market = next;
    const found = reading(reader, () => ofMarket.all({ market: next }));
    page.push(...found.filter((row) => isWithin(range, row[time])));
    if (page.length < PAGE) continue;
    yield page;
    page = [];
  }
  yield page;
}
