import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { table } from "./markdown.ts";
import { EVERYWHERE, ONE_ROW, unitOf } from "./one-row.ts";

/** docs/data-dictionary.md: what the migrations make, with what they say of it. */
export function dictionaryPage(folder: string): string {
  const db = new Database(":memory:");
  const remarks = new Map<string, string>();
  for (const file of readdirSync(folder).toSorted()) {
    const sql = readFileSync(join(folder, file), "utf8");
    db.exec(sql);
    for (const [name, remark] of remarksOf(sql)) remarks.set(name, remark);
  }
  const objects = objectsOf(db);
  const section = (type: string): string =>
    objects
      .filter((object) => object.type === type)
      .map(({ name }) => objectText(db, name, remarks))
      .join("\n\n");
  const page = `# Data dictionary

Every table and view of the database, made by \`npm run docs\` from \`migrations/\`. What is stored how and why is
[storage](storage.md); what has a view with a plain name is best read through it, and the \`v_\` views show cents, dollars and
ISO times.

Times are epoch milliseconds, UTC. \`ev\` is the receive number of an event, run × 10,000,000,000 + counter. A column in bold
belongs to the primary key; \`?\` behind a type: it may be empty. 1/100 cent is $0.0001, a micro-dollar $0.000001.

## Views

${section("view")}

## Tables

${section("table")}
`;
  db.close();
  return page;
}

interface SchemaObject {
  readonly name: string;
  readonly type: string;
}

function objectsOf(db: Database.Database): SchemaObject[] {
  return db
    .prepare<[], SchemaObject>(
      "SELECT name, type FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%' ORDER BY name",
    )
    .all();
}

interface Column {
  readonly name: string;
  readonly type: string;
  readonly notnull: number;
  readonly pk: number;
}

function objectText(
  db: Database.Database,
  name: string,
  remarks: ReadonlyMap<string, string>,
): string {
  const columns = db.prepare<[string], Column>("SELECT * FROM pragma_table_info(?)").all(name);
  const isView = columns.every(({ notnull, pk }) => notnull === 0 && pk === 0);
  const row = ONE_ROW[name];
  const about = remarks.get(name);
  if (row === undefined && about === undefined) {
    throw new Error(`say what a row of ${name} is in scripts/docs/one-row.ts`);
  }
  const said = [row === undefined ? "" : `One row: ${row}.`, about ?? ""];
  const head = `### ${name}\n\n${said.join(" ").trim()}`;
  if (isView) {
    const names = columns.map((column) => {
      const unit = unitOf(column.name);
      return `\`${column.name}\`${unit === "" ? "" : ` (${unit})`}`;
    });
    return `${head}\n\n${names.join(" · ")}`;
  }
  const targets = new Map(
    db
      .prepare<[string], { from: string; table: string }>(
        'SELECT "from", "table" FROM pragma_foreign_key_list(?)',
      )
      .all(name)
      .map((key) => [key.from, key.table]),
  );
  const rows = columns.map((column) => {
    const { notnull, pk, type } = column;
    const meaning = remarks.get(`${name}.${column.name}`) ?? EVERYWHERE[column.name] ?? "";
    const target = targets.get(column.name);
    const words = wordsOf(db, name, column.name);
    const notes = [meaning, target === undefined ? "" : `of \`${target}\``, words];
    return [
      pk > 0 ? `**${column.name}**` : column.name,
      `${type.toLowerCase()}${notnull === 1 || pk > 0 ? "" : "?"}`,
      unitOf(column.name),
      notes.filter((note) => note !== "").join("; "),
    ];
  });
  return `${head}\n\n${table(["column", "type", "unit", "what it is"], rows)}`;
}

/** The words that a CHECK allows. */
function wordsOf(db: Database.Database, tableName: string, column: string): string {
  const sql =
    db
      .prepare<[string], { sql: string }>("SELECT sql FROM sqlite_schema WHERE name = ?")
      .get(tableName)?.sql ?? "";
  const found = new RegExp(`CHECK \\(${column} IN \\(([^()]+)\\)\\)`).exec(sql)?.[1];
  return found === undefined ? "" : `one of ${found.replaceAll("'", "")}`;
}

/** What the comments of a migration say: of `table`, `view` and `table.column`. */
function remarksOf(sql: string): Map<string, string> {
  const remarks = new Map<string, string>();
  let pending: string[] = [];
  let owner = "";
  for (const line of sql.split("\n")) {
    const comment = /^\s*-- ?(.*)$/.exec(line)?.[1];
    if (comment !== undefined) {
      pending.push(comment);
      continue;
    }
    owner = /^CREATE (?:TABLE|VIEW) (\w+)/.exec(line)?.[1] ?? owner;
    const name = namedIn(line, owner);
    const said = pending.length > 0 ? pending.join(" ") : / -- (.+)$/.exec(line)?.[1];
    if (name !== null && said !== undefined) remarks.set(name, said);
    pending = [];
  }
  return remarks;
}

/** The table, view or column that a line of SQL makes; null when it makes none. */
function namedIn(line: string, owner: string): string | null {
  if (/^CREATE (?:TABLE|VIEW) /.test(line)) return owner;
  const [, altered, added] = /^ALTER TABLE (\w+) ADD COLUMN (\w+)/.exec(line) ?? [];
  if (altered !== undefined) return `${altered}.${added}`;
  const column = /^ {2}(\w+) +(?:INTEGER|TEXT|REAL|BLOB)\b/.exec(line)?.[1];
  return column === undefined ? null : `${owner}.${column}`;
}
